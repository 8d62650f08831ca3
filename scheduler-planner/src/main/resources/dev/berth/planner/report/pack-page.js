(() => {
  const look = document.querySelector(".look");
  const map = document.querySelector(".map");
  const textOf = (node) => node.querySelector("title").textContent;
  const show = (target) => {
    const node = target.closest?.(".n");
    const rack = target.closest?.(".rack");
    if (node) {
      look.textContent = textOf(node);
    } else if (rack) {
      look.textContent = [...rack.querySelectorAll(".n")].map(textOf).join("\n");
    }
  };
  map.addEventListener("mouseover", (event) => show(event.target));
  map.addEventListener("click", (event) => show(event.target));
  map.addEventListener("focusin", (event) => show(event.target));

  const buttons = [...document.querySelectorAll("button[data-job], button[data-gang]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const off = button.getAttribute("aria-pressed") === "true";
      buttons.forEach((other) => other.setAttribute("aria-pressed", "false"));
      map.querySelectorAll(".on").forEach((cell) => cell.classList.remove("on"));
      map.classList.toggle("pick", !off);
      if (!off) {
        button.setAttribute("aria-pressed", "true");
        const { job, gang } = button.dataset;
        const picked = gang === undefined ? `[data-j="${job}"]` : `[data-g="${gang}"]`;
        map.querySelectorAll(picked).forEach((cell) => cell.classList.add("on"));
        map.scrollIntoView({ block: "nearest", behavior: "smooth" });
      }
    });
  }
})();
