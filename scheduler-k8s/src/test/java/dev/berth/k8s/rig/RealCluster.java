package dev.berth.k8s.rig;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that need a {@link Rig}. They are tagged {@code rig}, and skipped, with a warning on stderr, where Go is missing. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("rig")
@ExtendWith(RealCluster.NeedsGo.class)
public @interface RealCluster {

    /** The skipping. */
    final class NeedsGo implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (Rig.isAvailable()) {
                return ConditionEvaluationResult.enabled("Go is there");
            }
            String reason = "no go found on the PATH: tests on a real Kubernetes control plane are SKIPPED ("
                    + context.getDisplayName() + "); install Go, see scheduler-k8s/rig/README.md";
            System.err.println("[WARNING] " + reason);
            return ConditionEvaluationResult.disabled(reason);
        }
    }
}
