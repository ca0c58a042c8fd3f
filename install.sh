#!/bin/bash
# Builds and installs the appliance; "./install.sh --help" says how.
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
commands=(heartbeat cl_status hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite stonith_admin stonith meatclient crm_resource crm_simulate crm_verify crm_explain crmadmin attrd_updater cibadmin crm_attribute crm_diff crm_error crm_failcount crm_master crm_mon crm_node crm_rule crm_shadow crm_standby crm_ticket iso8601)
# Names of fence-agents' programs that ours can bear: only asked for, as /usr/local/sbin stands before Debian's own.
fence_agents=(fence_ipmilan fence_ipmilanplus fence_idrac fence_imm fence_ilo3 fence_ilo4 fence_ilo5 fence_apc_snmp fence_eaton_snmp
  fence_tripplite_snmp fence_emerson fence_ipdu fence_ibmblade fence_intelmodular fence_ifmib fence_cisco_mds fence_sbd fence_scsi fence_mpath)
agents=(IPaddr IPaddr2 IPv6addr SendArp Route Filesystem Delay Dummy MailTo Stateful ping ethmonitor IPsrcaddr Http)
prefix=/usr/local destdir='' service=1 action=install build_dir='' binary=''
os_release=${APPLIANCE_OS_RELEASE:-/etc/os-release} # another file in the tests

usage() {
  cat <<'HELP'
usage: ./install.sh [--prefix DIR] [--destdir DIR] [--no-service] [--fence-agents] [--binary FILE]
       ./install.sh --uninstall [--prefix DIR] [--destdir DIR]
       ./install.sh --build DIR
       ./install.sh --demo

Builds the appliance and installs it: one binary, its commands as links in PREFIX/sbin, agents, manual pages,
sample configuration, and (unless --no-service) a systemd unit "heartbeat" and udev rules.
It starts and enables nothing, and never touches a file in /etc/ha.d. Run again, it changes only what differs.

  --prefix DIR    where to install (default /usr/local)
  --destdir DIR   put everything below DIR, for packagers; systemd and udev are not told
  --no-service    no systemd unit and no udev rules
  --fence-agents  links under the names of fence-agents' programs too (fence_ipmilan ...), for Pacemaker to find ours first
  --binary FILE   take this binary instead of building one (also with --demo)
  --uninstall     remove what was installed and was not changed since; configuration and state stay
  --build DIR     only build: leave the binary in DIR
  --demo          show a takeover between two hosts in network namespaces of this machine (needs root), then clean up
  --help          this text

Exit status: 0 done; 1 failed or something that the build needs is missing (it is named); 2 wrong usage.
HELP
}

die() { echo "install.sh: $*" >&2; exit 1; }
wrong() { echo "install.sh: $*" >&2; echo "Try './install.sh --help'." >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --prefix|--destdir|--build|--binary) [ $# -ge 2 ] && [ -n "$2" ] || wrong "$1 needs an argument" ;;
  esac
  case $1 in
    --prefix) prefix=$2; shift 2 ;;
    --destdir) destdir=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    --build) action=build build_dir=$2; shift 2 ;;
    --no-service) service=0; shift ;;
    --fence-agents) commands+=("${fence_agents[@]}"); shift ;;
    --uninstall) action=uninstall; shift ;;
    --demo) action=demo; shift ;;
    --help|-h) usage; exit 0 ;;
    *) wrong "unknown option: $1" ;;
  esac
done
case $prefix in /*) ;; *) wrong "--prefix: $prefix is not an absolute path" ;; esac
prefix=${prefix%/} destdir=${destdir%/}
case $destdir in ''|/*) ;; *) destdir=$PWD/$destdir ;; esac
[ -n "$prefix" ] || wrong "--prefix: / is not a prefix; use /usr or /usr/local"

# ---------------------------------------------------------------- what the build needs

on_debian() { [ -r "$os_release" ] && grep -Eq '^(ID|ID_LIKE)=.*debian' "$os_release"; }
compiler() { command -v clang || command -v gcc; }

# Says which Debian packages are missing, one per line.
missing_packages() {
  local package
  compiler >/dev/null || echo clang
  for package in cmake zlib1g-dev libssl-dev "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || echo "$package"
  done
}

# Says what is missing on any other system, one per line, in words.
missing_tools() {
  local cc
  if ! cc=$(compiler); then echo "a C compiler: clang or gcc"; fi
  command -v cmake >/dev/null || echo "cmake"
  [ -n "$cc" ] || return 0
  echo '#include <zlib.h>' | "$cc" -E - >/dev/null 2>&1 || echo "zlib with its headers (zlib.h)"
  echo '#include <openssl/ssl.h>' | "$cc" -E - >/dev/null 2>&1 || echo "OpenSSL 3 with its headers (openssl/ssl.h)"
  [ -e "$("$cc" -print-file-name=libssl.a)" ] || echo "OpenSSL's static library (libssl.a)"
}

install_packages() {
  echo "Installing missing packages: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null || echo "install.sh: apt-get update failed; trying with the lists that are there" >&2
  apt-get install -q -y --no-install-recommends "$@" >/dev/null || die "apt-get could not install: $*"
}

# Makes sure that a build (and what is named besides, as Debian packages) can start; stops with exit 1 otherwise.
require() {
  local missing=() lacking
  if on_debian; then
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} -gt 0 ]; then
      if [ "$(id -u)" = 0 ]; then install_packages "${missing[@]}"; missing=(); fi
    fi
    missing=("${missing[@]/#/the package }")
  else
    mapfile -t missing < <(missing_tools)
  fi
  if ! command -v dotnet >/dev/null; then
    missing+=("the .NET SDK, 9.0 or later: the command dotnet")
  elif [ "$(dotnet --version 2>/dev/null | cut -d. -f1)" -lt 9 ] 2>/dev/null; then
    missing+=("the .NET SDK, 9.0 or later: dotnet here is $(dotnet --version)")
  fi
  [ ${#missing[@]} -eq 0 ] && return
  echo "install.sh: cannot build, missing:" >&2
  for lacking in "${missing[@]}"; do echo "  $lacking" >&2; done
  exit 1
}

# ---------------------------------------------------------------- build

runtime_id() {
  case $(uname -m) in
    x86_64) echo linux-x64 ;;
    aarch64) echo linux-arm64 ;;
    armv7l) echo linux-arm ;;
    *) die "no Native AOT for this machine: $(uname -m)" ;;
  esac
}

# Publishes into $1; the compiler's own files go to $2.
build() {
  local out=$1 objects=$2 log rc=0
  mkdir -p "$out" "$objects"
  log=$objects/publish.log
  echo "Building (the log is $log) ..."
  mkdir -p "$objects/tmp" # the SDK leaves empty directories behind
  TMPDIR=$objects/tmp DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet publish "$tree/src/Appliance/Appliance.csproj" -c Release -r "$(runtime_id)" \
    --artifacts-path "$objects" -o "$objects/publish" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false >"$log" 2>&1 </dev/null || rc=$?
  TMPDIR=$objects/tmp dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 </dev/null || true # nothing of the build runs on
  [ $rc = 0 ] || { tail -n 25 "$log" >&2; die "the build failed"; }
  cmp -s "$objects/publish/appliance" "$out/appliance" || install -m 755 "$objects/publish/appliance" "$out/appliance"
  own_by_tree "$tree/artifacts"
}

# What root builds in somebody's clone stays that somebody's.
own_by_tree() {
  [ "$(id -u)" != 0 ] || [ ! -d "$1" ] || [ "$(stat -c %u "$tree")" = 0 ] || chown -R --reference="$tree" "$1"
}

# ---------------------------------------------------------------- install

changed=0 same=0
declare -a manifest=() created=()

note() { if [ "$1" = changed ]; then changed=$((changed + 1)); else same=$((same + 1)); fi; }

# Directory $1 (without destdir), made if it is not there and then ours to remove.
directory() {
  local path=$1
  [ -d "$destdir$path" ] && return
  directory "$(dirname "$path")"
  install -d -m 755 "$destdir$path"
  created+=("$path/")
}

# File $1 as $2, mode $3: only if it differs, and in one step, so that a running binary goes on undisturbed.
file() {
  local from=$1 to=$2 mode=$3
  manifest+=("$to")
  directory "$(dirname "$to")"
  if [ ! -L "$destdir$to" ] && cmp -s "$from" "$destdir$to" && [ "$(stat -c %a "$destdir$to")" = "$mode" ]; then note same; return; fi
  install -m "$mode" "$from" "$destdir$to.new"
  mv -f "$destdir$to.new" "$destdir$to"
  note changed
}

# The same, with @PREFIX@ replaced.
template() {
  local filled
  filled=$(mktemp)
  sed "s|@PREFIX@|$prefix|g" "$1" >"$filled"
  file "$filled" "$2" "$3"
  rm -f "$filled"
}

# Link $2 pointing to $1.
link() {
  manifest+=("$2")
  directory "$(dirname "$2")"
  if [ "$(readlink "$destdir$2" 2>/dev/null)" = "$1" ]; then note same; return; fi
  [ ! -e "$destdir$2" ] || [ -L "$destdir$2" ] || die "$destdir$2 exists and is not ours; move it away first"
  ln -sfn "$1" "$destdir$2.new"
  mv -fT "$destdir$2.new" "$destdir$2"
  note changed
}

share=$prefix/share/appliance
list=$share/manifest # one line per path: sha256 or "link" or "dir", blank, path

identity() { if [ -L "$1" ]; then echo link; else sha256sum <"$1" | cut -d' ' -f1; fi; }

# systemd and udev read /usr/local/lib and /usr/lib; for any other prefix their files go to /etc.
system_lib() { case $prefix in /usr|/usr/local) echo "$prefix/lib" ;; *) echo /etc ;; esac; }

install_everything() {
  local word page directory_name lib
  case $prefix in *[\|\ \"\'\\]*) die "--prefix: blanks, quotes, bars and backslashes cannot stand in a unit file: $prefix" ;; esac
  file "$binary" "$prefix/sbin/appliance" 755
  for word in "${commands[@]}"; do link appliance "$prefix/sbin/$word"; done
  for word in "${agents[@]}"; do link ../../../../sbin/appliance "$prefix/lib/ocf/resource.d/appliance/$word"; done
  for page in "$tree"/README.md "$tree"/LICENSE "$tree"/docs/sample/*; do
    [ ! -f "$page" ] || file "$page" "$prefix/share/doc/appliance/$(basename "$page")" 644
  done
  for page in "$tree"/docs/man/*.[1-8]; do
    [ ! -f "$page" ] || file "$page" "$prefix/share/man/man${page##*.}/$(basename "$page")" 644
  done
  for page in "$tree"/docs/completion/*; do
    [ -f "$page" ] || continue
    case $page in
      *.bash) file "$page" "$prefix/share/bash-completion/completions/appliance" 644
        for word in "${commands[@]}"; do link appliance "$prefix/share/bash-completion/completions/$word"; done ;;
      *.fish) file "$page" "$prefix/share/fish/vendor_completions.d/appliance.fish" 644 ;;
      */_appliance|*.zsh) file "$page" "$prefix/share/zsh/site-functions/_appliance" 644 ;;
    esac
  done
  if [ $service = 1 ]; then
    lib=$(system_lib)
    template "$tree/docs/systemd/heartbeat.service" "$lib/systemd/system/heartbeat.service" 644
    for page in "$tree"/udev/*.rules; do file "$page" "$lib/udev/rules.d/$(basename "$page")" 644; done
  fi
  for directory_name in /etc/ha.d /etc/ha.d/resource.d /etc/ha.d/rc.d; do # the administrator's: made, never listed
    [ -d "$destdir$directory_name" ] || install -d -m 755 "$destdir$directory_name"
  done
}

# Writes the manifest; removes what an earlier version of ours installed and this one does not.
write_manifest() {
  local path kind new
  directory "$share"
  new=$(mktemp)
  {
    for path in "${manifest[@]}"; do echo "$(identity "$destdir$path") $path"; done
    if [ -e "$destdir$list" ]; then grep '^dir ' "$destdir$list" || true; fi
    for path in "${created[@]}"; do echo "dir $path"; done
  } | awk '!seen[$0]++' >"$new"
  if [ -e "$destdir$list" ]; then
    while read -r kind path; do
      grep -qF " $path" "$new" || remove "$kind" "$path"
    done <"$destdir$list"
  fi
  cmp -s "$new" "$destdir$list" || install -m 644 "$new" "$destdir$list"
  rm -f "$new"
}

# Removes one path of the manifest if it is still what was installed.
remove() {
  local kind=$1 path=$2
  case $kind in
    dir) rmdir "$destdir$path" 2>/dev/null || true; return ;; # others may have put something there: it stays
  esac
  [ -e "$destdir$path" ] || [ -L "$destdir$path" ] || return 0
  if [ "$(identity "$destdir$path")" = "$kind" ]; then rm -f "$destdir$path"; changed=$((changed + 1))
  else echo "kept, changed since it was installed: $destdir$path"; fi
}

uninstall() {
  local kind path
  [ -e "$destdir$list" ] || { echo "Nothing is installed under $destdir$prefix."; return; }
  while read -r kind path; do [ "$kind" = dir ] || remove "$kind" "$path"; done <"$destdir$list"
  mapfile -t created < <(sed -n 's/^dir //p' "$destdir$list" | sort -r)
  rm -f "$destdir$list"
  for path in "${created[@]}"; do remove dir "$path"; done
  tell_system
  echo "Removed $changed files. /etc/ha.d and /var/lib/heartbeat stay as they are."
  if systemctl_usable && systemctl cat heartbeat.service >/dev/null 2>&1; then
    echo "The unit heartbeat.service is now the one of another package."
  fi
}

systemctl_usable() { [ -z "$destdir" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

# systemd and udev learn of changed files; nothing is started, stopped or enabled.
tell_system() {
  [ -z "$destdir" ] && [ $service = 1 ] || return 0
  if systemctl_usable; then systemctl daemon-reload; fi
  if [ -S /run/udev/control ] && command -v udevadm >/dev/null; then udevadm control --reload; fi
}

next_steps() {
  [ -z "$destdir" ] || return 0
  if [ ! -e /etc/ha.d/ha.cf ]; then
    echo "Next: put ha.cf, authkeys and haresources into /etc/ha.d (samples: $prefix/share/doc/appliance), then"
    echo "      $prefix/sbin/appliance check"
  else echo "Next: $prefix/sbin/appliance check"; fi
  [ $service = 0 ] || echo "      systemctl enable --now heartbeat"
}

# ---------------------------------------------------------------- the verbs

[ -z "$destdir" ] || [ "$action" != install ] || mkdir -p "$destdir"

case $action in
  build)
    case $build_dir in /*) ;; *) build_dir=$PWD/$build_dir ;; esac
    require
    build "$build_dir" "$tree/artifacts/build"
    echo "$build_dir/appliance" ;;
  demo)
    [ "$(id -u)" = 0 ] || die "--demo makes network namespaces and needs root: sudo ./install.sh --demo"
    # shellcheck source=tests/demo.sh
    . "$tree/tests/demo.sh"
    demo ;;
  uninstall) uninstall ;;
  install)
    [ -n "$destdir" ] || [ "$(id -u)" = 0 ] || [ -w "$prefix" ] || die "installing under $prefix needs root: sudo ./install.sh"
    if [ -z "$binary" ]; then
      require
      build "$tree/artifacts/publish" "$tree/artifacts/build"
      binary=$tree/artifacts/publish/appliance
    fi
    [ -f "$binary" ] || die "no such file: $binary"
    install_everything
    write_manifest
    if [ $changed = 0 ]; then echo "unchanged: all $same files under $destdir$prefix are as they should be"
    else
      tell_system
      echo "installed under $destdir$prefix: $changed files written, $same unchanged"
      next_steps
    fi ;;
esac
