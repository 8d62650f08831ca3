# shellcheck shell=bash
# What the rig's scripts share: which binaries there are, where they lie, ports, processes. Sourced, never run.
# A script sources it after `set -euo pipefail` and before anything else.

rig=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Exit codes of every script of the rig.
readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_NO_GO=69
export EXIT_NO_GO

say() { echo "${0##*/}: $*" >&2; }

fail() {
  say "$*"
  exit "$EXIT_FAILED"
}

usage_error() {
  say "$*"
  say "see ${0##*/} --help"
  exit "$EXIT_USAGE"
}

# Prints the comment at the head of the script that is running.
print_help() { sed -n '2,/^[^#]/{/^#/!q;s/^# \{0,1\}//;p}' "$0"; }

need() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || fail "no $command found; the rig needs: $*"
  done
}

# ---- binaries ----

readonly binaries=(etcd helm kube-apiserver kube-scheduler kubectl load kwok)

# Whether the first word is among the others.
is_among() {
  local word=$1 known
  shift
  for known in "$@"; do
    if [ "$known" = "$word" ]; then return 0; fi
  done
  return 1
}

is_binary() { is_among "$1" "${binaries[@]}"; }

# The folder with the go.mod that a binary is built from.
module_of() {
  case $1 in
    kube-apiserver | kube-scheduler | kubectl) echo control-plane ;;
    etcd | helm | kwok) echo "$1" ;;
    load) echo cmd ;;
    *) return 1 ;;
  esac
}

package_of() {
  case $1 in
    kube-apiserver | kube-scheduler | kubectl) echo "k8s.io/kubernetes/cmd/$1" ;;
    etcd) echo go.etcd.io/etcd/server/v3 ;;
    helm) echo helm.sh/helm/v4/cmd/helm ;;
    kwok) echo sigs.k8s.io/kwok/cmd/kwok ;;
    load) echo ./load ;;
    *) return 1 ;;
  esac
}

# The version that a module folder pins, from its go.mod: the only place where it stands.
version_of() {
  local path
  case $1 in
    control-plane) path=k8s.io/kubernetes ;;
    etcd) path=go.etcd.io/etcd/server/v3 ;;
    helm) path=helm.sh/helm/v4 ;;
    kwok) path=sigs.k8s.io/kwok ;;
    cmd) path=k8s.io/client-go ;;
    *) return 1 ;;
  esac
  awk -v path="$path" '
    $1 == "require" && $2 == path { print $3; exit }
    $1 == path && $2 != "=>" { print $2; exit }' "$rig/$1/go.mod"
}

# Without gitVersion the servers and kubectl report v0.0.0-master, and checks of the version go wrong. helm has a version of its own to report.
linker_flags_of() {
  case $1 in
    control-plane) echo "-s -w -X k8s.io/component-base/version.gitVersion=$(version_of control-plane)" ;;
    helm) echo "-s -w -X helm.sh/helm/v4/internal/version.version=$(version_of helm)" ;;
    *) echo "-s -w" ;;
  esac
}

# Flags of every build: no C library, no paths of this machine, no stamp of this checkout in the binaries.
readonly build_flags=(-trimpath -buildvcs=false -mod=readonly)

need_go() {
  if ! command -v go >/dev/null; then
    say "no go found: the Kubernetes control plane is built from Go modules; install Go $(awk '$1 == "go" { print $2 }' "$rig/control-plane/go.mod") or newer (https://go.dev/dl)"
    exit "$EXIT_NO_GO"
  fi
}

cache_folder() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/berth/rig"; }

# Where a module's binaries lie: keyed by all that decides what they are (its version, the Go version and platform, the
# flags, the pinned dependencies, and for our own code the code), so that what lies there never has to be looked into.
folder_of() {
  local module=$1 key
  key=$(
    cd "$rig/$module" || exit
    {
      go env GOVERSION GOOS GOARCH
      echo "${build_flags[@]}" "$(linker_flags_of "$module")"
      cat go.mod go.sum
      find . -name '*.go' -type f | LC_ALL=C sort | xargs -r cat
    } | sha256sum | cut -c 1-12
  )
  echo "$(cache_folder)/$module-$(version_of "$module")-$key"
}

# Path of a binary, whether it has been built or not.
path_of() { echo "$(folder_of "$(module_of "$1")")/$1"; }

# ---- ports, all on 127.0.0.1 ----

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints that many different ports that nobody listens on, outside the range that the kernel hands out for outgoing
# connections (32768 and up) and Kubernetes' node ports (30000 and up). They stay free only until somebody takes them:
# callers hold the start lock.
free_ports() {
  local count=$1 port attempt chosen=" "
  for ((attempt = 0; attempt < 200 && count > 0; attempt++)); do
    port=$((20000 + RANDOM % 10000))
    if [[ $chosen == *" $port "* ]] || port_is_taken "$port"; then continue; fi
    chosen+="$port "
    count=$((count - 1))
    echo "$port"
  done
  [ "$count" = 0 ] || fail "too few free ports among 200 tried between 20000 and 29999"
}

# ---- processes: DIR/run/NAME.pid holds the id, NAME.since the kernel's start time, as ids are used again ----

readonly components=(etcd kube-apiserver kube-scheduler kwok berth)

is_component() { is_among "$1" "${components[@]}"; }

# When a process started, in clock ticks since boot: field 22 of /proc/PID/stat, the 20th after the name, which may hold blanks.
# Fails when there is no such process, or when it is a zombie: that one holds no port and no file.
started_at() {
  local stat fields
  # Not $(<...): bash leaves the whole script when it cannot open that file.
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -r -a fields <<<"${stat##*) }"
  if [ "${fields[0]}" = Z ]; then return 1; fi
  echo "${fields[19]}"
}

# Whether the process that was started as component $2 of the rig in folder $1 is alive.
is_alive() {
  local run=$1/run name=$2 pid now
  if [ ! -f "$run/$name.pid" ] || [ ! -f "$run/$name.since" ]; then return 1; fi
  pid=$(<"$run/$name.pid")
  now=$(started_at "$pid") || return 1
  [ "$now" = "$(<"$run/$name.since")" ]
}

# Waits until the command succeeds: await SECONDS COMMAND...
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 0.1
  done
}
