# shellcheck shell=bash disable=SC2154    # names are defined in lib.sh, which sources this
# The cluster's processes. Which run is never read from a file that may be stale: each has a cgroup of its
# own, and the kernel knows who is in it. A process enters its cgroup before it becomes the program, so
# that none escapes if this script is killed at any point.

# Where cgroups are: on a v2 machine one hierarchy, on a v1 (or hybrid) machine one per controller.
cgroup_roots() {
  local root
  if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
    echo /sys/fs/cgroup
  else
    for root in /sys/fs/cgroup/*/; do [ ! -w "${root}cgroup.procs" ] || echo "${root%/}"; done
  fi
}

# The hierarchy whose cgroups tell who runs.
process_cgroups() {
  if [ -d /sys/fs/cgroup/pids ]; then echo "/sys/fs/cgroup/pids/$cgroup"; else echo "/sys/fs/cgroup/$cgroup"; fi
}

# processes_of NAME: the ids in the cgroup NAME and below.
processes_of() {
  find "$(process_cgroups)/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || :
}

running() { [ -n "$(processes_of "$1")" ]; }

any_process() { running .; }

# start NAME COMMAND…: in a session of its own, unless it runs. Its output goes to the log NAME.
start() {
  local name=$1
  shift
  if running "$name"; then return 0; fi
  mkdir -p "$(process_cgroups)/$name"
  # What the caller has open, such as the lock that it holds while it works, isn't for a process that stays.
  # shellcheck disable=SC2016    # expanded by the inner shell
  setsid bash -c 'echo 0 >"$1/cgroup.procs" && shift && for fd in /proc/$$/fd/*; do
      fd=${fd##*/}; if ((fd > 2)); then exec {fd}>&-; fi
    done && exec "$@"' \
    start "$(process_cgroups)/$name" "$@" >>"$(log_of "$name")" 2>&1 </dev/null &
  await 10 "$name to start" running "$name" || show_log "$name"
}

# A name may be a path of cgroups.
log_of() { echo "$logs/${1//\//-}.log"; }

show_log() {
  say "last lines of $(log_of "$1"):"
  tail -n 15 "$(log_of "$1")" >&2 || :
  return 1
}

# await_or_log SECONDS WHAT LOG COMMAND…
await_or_log() {
  local seconds=$1 what=$2 log=$3
  shift 3
  await "$seconds" "$what" "$@" || show_log "$log"
}

# end_processes NAME: kills all in the cgroups NAME, in every hierarchy, and removes the cgroups. Nothing of
# a throw-away cluster is worth a graceful end; the end of a node's PID 1 ends all in its PID namespace.
end_processes() {
  local name=$1 root pids deadline=$((SECONDS + 20))
  while :; do
    pids=$(for root in $(cgroup_roots); do
      find "$root/$cgroup/$name" -name cgroup.procs -exec cat {} + 2>/dev/null || :
    done | sort -un)
    [ -n "$pids" ] || break
    ((SECONDS < deadline)) || fail "these processes don't end: $(xargs <<<"$pids")"
    # shellcheck disable=SC2086    # one word per process
    kill -KILL $pids 2>/dev/null || :
    sleep 0.1
  done
  for root in $(cgroup_roots); do
    until remove_cgroups "$root/$cgroup/$name"; do
      ((SECONDS < deadline)) || fail "this cgroup can't be removed: $root/$cgroup/$name"
      sleep 0.1
    done
  done
}

end_all_processes() { end_processes .; }

remove_cgroups() {
  [ ! -d "$1" ] || find "$(realpath "$1")" -depth -type d -exec rmdir {} + 2>/dev/null
}
