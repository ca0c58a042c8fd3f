# The demonstration of "install.sh --demo"; sourced by it, so that nothing of it is installed.
# shellcheck shell=bash
#
# Two hosts and a client, each a network namespace; two LANs and a serial crossover between the hosts. What is shown is what was
# seen: the kernels' notices of addresses coming and going, the daemons' logs, and the answers that the client gets to its pings.

demo_address=10.77.0.100
demo_limit=60 # seconds after the build
declare -A demo_init=() demo_ns=() demo_power=()
declare -a demo_children=()

demo() {
  demo_clean_up_always
  demo_require
  demo_work=$(mktemp -d "${TMPDIR:-/tmp}/appliance-demo.XXXXXX")
  demo_tag=apd$$
  demo_binary=$binary
  if [ -z "$demo_binary" ]; then
    build "$demo_work/binary" "$demo_work/objects"
    demo_binary=$demo_work/binary/appliance
  fi
  case $demo_binary in /*) ;; *) demo_binary=$PWD/$demo_binary ;; esac
  SECONDS=0 demo_start=$EPOCHREALTIME
  if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
  else bold='' dim='' green='' red='' plain=''; fi

  demo_title "Two hosts, one address"
  echo "  alpha ===[ eth0, eth1, serial crossover ]=== beta      client pings $demo_address"
  demo_stage
  demo_client
  demo_boot alpha; demo_boot beta
  demo_say "both machines are switched on"
  demo_wait "alpha serves $demo_address" demo_answers_from alpha
  demo_wait "beta and alpha call each other active" demo_both_active
  demo_wait "the pair is settled" demo_settled

  demo_title "alpha loses power: every process of it dies at once"
  demo_mark crash
  demo_crash alpha
  demo_say "${red}alpha is dead${plain}"
  demo_wait "beta has taken over: the address answers from beta" demo_answers_from beta
  demo_mark taken
  demo_wait "beta is settled" demo_settled_alone

  demo_title "alpha is switched on again"
  demo_boot alpha
  demo_say "alpha is booting"
  demo_wait "alpha is back and gets its address back (auto_failback on)" demo_answers_from alpha
  demo_wait "the pair is settled" demo_settled

  demo_timeline
  demo_verdict
}

demo_require() {
  local missing=() tool
  if on_debian; then
    local packages=()
    for tool in socat:socat ip:iproute2 ping:iputils-ping unshare:util-linux; do
      command -v "${tool%%:*}" >/dev/null || packages+=("${tool##*:}")
    done
    [ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}"
  fi
  for tool in socat ip ping unshare nsenter; do command -v $tool >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || die "the demonstration needs: ${missing[*]}"
  [ -n "$binary" ] || require
}

# ---------------------------------------------------------------- the stage

demo_clean_up_always() {
  trap demo_clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

demo_clean_up() {
  local child host
  set +e
  for host in "${!demo_init[@]}"; do kill -KILL "${demo_init[$host]}" 2>/dev/null; done
  for child in "${demo_children[@]}"; do kill "$child" 2>/dev/null; done
  wait 2>/dev/null
  for host in alpha beta client switch; do ip netns del "${demo_tag:-none}-$host" 2>/dev/null; done
  [ -z "${demo_work:-}" ] || rm -rf "$demo_work"
}

demo_stage() {
  local host lan number=0 sw=$demo_tag-switch
  ip netns add "$sw"
  for lan in 0 1; do
    ip -n "$sw" link add br$lan type bridge mcast_snooping 0
    ip -n "$sw" link set br$lan up
  done
  for host in alpha beta client; do
    number=$((number + 1))
    demo_ns[$host]=$demo_tag-$host
    ip netns add "${demo_ns[$host]}"
    ip -n "${demo_ns[$host]}" link set lo up
    for lan in 0 1; do
      ip link add "$host$lan" netns "$sw" type veth peer name eth$lan netns "${demo_ns[$host]}"
      ip -n "$sw" link set "$host$lan" master br$lan up
      ip -n "${demo_ns[$host]}" addr add "10.77.$lan.$number/24" broadcast + dev eth$lan
      ip -n "${demo_ns[$host]}" link set eth$lan up
    done
    # The time-to-live of a reply tells the client which host sent it.
    ip netns exec "${demo_ns[$host]}" sysctl -qw net.ipv4.ip_default_ttl=$((60 + number))
  done
  socat "pty,raw,echo=0,link=$demo_work/tty-alpha" "pty,raw,echo=0,link=$demo_work/tty-beta" 2>"$demo_work/socat.log" &
  demo_children+=($!)
  for host in alpha beta; do
    demo_until 5 test -e "$demo_work/tty-$host" || die "the serial crossover does not come up: $(cat "$demo_work/socat.log")"
    mkdir -p "$demo_work/$host"/{etc,lib,log}
    demo_files "$host"
    ip -n "${demo_ns[$host]}" -ts -o monitor address >"$demo_work/$host/addresses" 2>/dev/null &
    demo_children+=($!)
  done
}

demo_files() {
  local etc=$demo_work/$1/etc
  cat >"$etc/ha.cf" <<HA_CF
logfile /var/log/ha-log
logfacility none
keepalive 100ms
warntime 1
deadtime 1
initdead 5
baud 115200
serial $(readlink "$demo_work/tty-$1")
udpport 694
bcast eth0
ucast eth1 10.77.1.1
ucast eth1 10.77.1.2
auto_failback on
node alpha beta
HA_CF
  printf 'auth 1\n1 sha1 ForTheDemonstrationOnly\n' >"$etc/authkeys"
  chmod 600 "$etc/authkeys"
  echo "alpha IPaddr2::$demo_address/24/eth0" >"$etc/haresources"
}

# A client asks fifty times a second, and writes down when which host answered.
demo_client() {
  ip netns exec "${demo_ns[client]}" ping -D -n -O -i 0.02 "$demo_address" >"$demo_work/pings" 2>&1 &
  demo_children+=($!)
}

demo_boot() {
  local host=$1 work=$demo_work/$1 lan
  rm -f "$work/up"
  for lan in 0 1; do
    ip -n "${demo_ns[$host]}" addr replace "10.77.$lan.$([ "$host" = alpha ] && echo 1 || echo 2)/24" broadcast + dev eth$lan
  done
  cat >"$work/init" <<INIT
hostname $host
mount --make-rprivate /
mkdir -p /etc/ha.d /var/lib/heartbeat
mount --bind $work/etc /etc/ha.d
mount --bind $work/lib /var/lib/heartbeat
mount --bind $work/log /var/log
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/heartbeat /run/resource-agents
setsid $demo_binary heartbeat -f </dev/null >>/var/log/daemon.out 2>&1 &
: >$work/up
trap : TERM INT HUP
while :; do sleep 1000000 & wait \$!; done
INIT
  setsid ip netns exec "${demo_ns[$host]}" unshare -u -m -p -i --fork --kill-child=KILL --mount-proc sh "$work/init" </dev/null >"$work/boot.out" 2>&1 &
  demo_power[$host]=$!
  disown
  demo_until 10 test -e "$work/up" || die "$host does not boot: $(cat "$work/boot.out")"
  demo_init[$host]=$(demo_first_child "${demo_power[$host]}")
  demo_events+=("$(demo_now) $host power on")
}

# The namespace's first process: "setsid" may or may not fork before it becomes "ip netns exec" and then unshare.
demo_first_child() {
  local pid=$1 child=''
  while true; do
    read -r child _ <"/proc/$pid/task/$pid/children" || [ -n "$child" ] || die "the machine has no first process"
    pid=$child
    [ "$(awk '/^NSpid/ {print $NF}' "/proc/$pid/status")" != 1 ] || break
  done
  echo "$pid"
}

demo_crash() {
  local host=$1 lan pid=${demo_init[$1]}
  kill -KILL "$pid"
  for lan in 0 1; do ip -n "${demo_ns[$host]}" addr flush dev eth$lan; done
  unset "demo_init[$host]"
  demo_until 10 demo_gone "$pid" || die "$host does not die"
}

demo_gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

demo_inside() { local host=$1; shift; nsenter -t "${demo_init[$host]}" -n -u -m -p -i "$@"; }

# ---------------------------------------------------------------- conditions

demo_until() { # seconds, command
  local end=$(($(date +%s%3N) + $1 * 1000))
  shift
  until "$@"; do
    [ "$(date +%s%3N)" -lt "$end" ] || return 1
    sleep 0.02
  done
}

demo_wait() { # what, command
  local what=$1 left=$((demo_limit - SECONDS))
  shift
  if [ $left -gt 0 ] && demo_until $left "$@" 2>/dev/null; then demo_say "${green}$what${plain}"; return; fi
  demo_say "${red}NOT SEEN: $what${plain}"
  for host in alpha beta; do
    echo "--- end of $host's log"
    tail -n 12 "$demo_work/$host/log/ha-log" "$demo_work/$host/log/daemon.out" 2>/dev/null | cut -c 1-200
  done
  die "the demonstration failed"
}

demo_answers_from() { # host, by the time-to-live of the newest reply
  local ttl=61
  [ "$1" = alpha ] || ttl=62
  tail -n 1 "$demo_work/pings" 2>/dev/null | grep -q "bytes from .*ttl=$ttl " && demo_holds "$1"
}
demo_holds() { ip -n "${demo_ns[$1]}" -o -4 addr show dev eth0 | grep -qF " $demo_address/"; }
demo_both_active() {
  local asked about
  for asked in alpha beta; do
    for about in alpha beta; do [ "$(demo_inside $asked "$demo_binary" cl_status nodestatus $about)" = active ] || return 1; done
  done
}
demo_settled() {
  [ "$(demo_inside alpha "$demo_binary" cl_status rscstatus)" = local ] || [ "$(demo_inside alpha "$demo_binary" cl_status rscstatus)" = all ] || return 1
  case $(demo_inside beta "$demo_binary" cl_status rscstatus) in none|local) ;; *) return 1 ;; esac
}
demo_settled_alone() { [ "$(demo_inside beta "$demo_binary" cl_status rscstatus)" = all ]; }

# ---------------------------------------------------------------- what is told

declare -a demo_events=()
declare -A demo_at=()
demo_now() { echo "${EPOCHREALTIME/,/.}"; }
demo_mark() { demo_at[$1]=$(demo_now); demo_events+=("${demo_at[$1]} - $1"); }
demo_title() { printf '\n%s== %s %s%s\n' "$bold" "$1" "$(printf '=%.0s' $(seq $((74 - ${#1}))))" "$plain"; }
demo_say() { printf '  %s%5.1f s%s  %s\n' "$dim" "$(awk -v t="$EPOCHREALTIME" -v s="$demo_start" 'BEGIN {print t - s}')" "$plain" "$1"; }

# Every source's lines as "seconds-since-epoch source text", merged by time.
demo_timeline() {
  local host event at
  demo_title "What happened when (from the crash on, in milliseconds)"
  {
    for event in "${demo_events[@]}"; do
      case $event in
        *" - crash") echo "${event%% *} alpha POWER CUT" ;;
        *" - "*) ;;
        *) echo "$event" ;;
      esac
    done
    # "[2026-11-20T23:22:11.123456] Deleted 5: eth0 inet 10.77.0.100/24 ..."
    for host in alpha beta; do
      grep -F " $demo_address/" "$demo_work/$host/addresses" | while read -r at event; do
        at=$(date -d "$(tr -d '[]' <<<"$at")" +%s.%6N)
        case $event in
          Deleted*) echo "$at $host kernel: $demo_address is gone" ;;
          *) echo "$at $host kernel: $demo_address is here" ;;
        esac
      done
    done
    demo_client_story
  } | sort -n | awk -v zero="${demo_at[crash]}" -v bold="$bold" -v plain="$plain" '
    $1 >= zero - 0.0005 {
      ms = ($1 - zero) * 1000; who = $2; text = $0; sub(/^[^ ]+ [^ ]+ /, "", text)
      printf "  %9.1f  %-7s %s\n", ms, who, (text ~ /POWER CUT/ ? bold text plain : text)
    }'
  printf '\n  %s\n' "${dim}and in the words of the daemons:$plain"
  for host in alpha beta; do
    # both forms of a line's beginning: "Nov 20 20:17:35 alpha heartbeat: [17]: " and "2026/11/20_20:17:45  script(default)[1]: "
    grep -hE "is dead|Resources being acquired|takeover complete|wants to go standby|Standby resource acquisition done|Other node completed" \
      "$demo_work/$host/log/ha-log" 2>/dev/null |
      sed -E "s/^[A-Z][a-z]+ +[0-9]+ ([0-9:]+) [^ ]+ [^ ]+( \[[0-9]+\]:)? */\1 /; s/^[0-9/]+_([0-9:]+) +[^ ]+ */\1 /; s/^/  /; s/^  ([0-9:]+) /  \1  $host  /" |
      sed -E 's/ of foreign resources\.?$//' | cut -c 1-79
  done | sort -s -k 1,1 | awk '!seen[$0]++' | head -n 16
}

# The client's view: from whom it had its answers since when, and the gaps.
demo_client_story() {
  awk '
    /bytes from/ {
      at = substr($1, 2, length($1) - 2) + 0
      match($0, /ttl=[0-9]+/); ttl = substr($0, RSTART + 4, RLENGTH - 4)
      who = ttl == 61 ? "alpha" : "beta"
      if (who != last) {
        if (last != "") printf "%.6f client last answer from %s\n", seen, last
        if (last != "") printf "%.6f client first answer from %s: %.0f ms without an answer\n", at, who, (at - seen) * 1000
        last = who
      }
      seen = at
    }' "$demo_work/pings"
}

demo_verdict() {
  local story
  story=$(demo_client_story | sort -n | grep -c 'first answer') || true
  if [ "$story" -ge 2 ]; then
    demo_title "Done"
    echo "  Takeover and failback were seen by the client. Everything is being removed."
  else
    die "the client did not see a takeover and a failback ($story changes of owner)"
  fi
}
