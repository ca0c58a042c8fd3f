#!/bin/sh
# Runs the lines ("$ LINE") of the files given against Debian's Pacemaker 2.1.5 and corosync 3.1.7 (packages pacemaker, corosync), a cluster of one node called alpha in namespaces of its own,
# and writes what they said into the files: O|OUTPUT, E|ERRORS, rc=EXIT STATUS. Lines "= COMMAND" are run and not recorded. Root only.
set -e
if [ -z "$CRM_LIVE_INSIDE" ]; then
    here=$(cd "$(dirname "$0")" && pwd)
    for file in "$@"; do CRM_LIVE_INSIDE=$here unshare -m -n -u -i --pid --fork --kill-child --mount-proc sh "$here/record.sh" "$(realpath "$file")"; done
    exit
fi
hostname alpha; ip link set lo up
for d in /run /var/lib/pacemaker /var/lib/corosync /var/log /dev/shm /etc/corosync; do mount -t tmpfs none $d; done
mkdir -p /run/lock /run/crm /run/heartbeat /run/resource-agents /run/corosync /var/log/pacemaker /var/log/corosync
for d in cib pengine cores blackbox; do mkdir -p /var/lib/pacemaker/$d; done
cp "$CRM_LIVE_INSIDE/cib.xml" /var/lib/pacemaker/cib/cib.xml; chmod 600 /var/lib/pacemaker/cib/cib.xml
chown -R hacluster:haclient /run/crm /var/lib/pacemaker /var/log/pacemaker
printf 'totem {\n version: 2\n cluster_name: lab\n transport: udpu\n}\nnodelist {\n node {\n  ring0_addr: 127.0.0.1\n  name: alpha\n  nodeid: 1\n }\n}\nquorum {\n provider: corosync_votequorum\n}\nlogging {\n to_syslog: no\n}\n' >/etc/corosync/corosync.conf
corosync -f >/dev/null 2>&1 &
sleep 1
pacemakerd -f >/dev/null 2>&1 &
for _ in $(seq 100); do crm_mon -1 2>/dev/null | grep -q 'Promoted: \[ alpha' && break; sleep 0.2; done
export TZ=UTC LC_ALL=C.UTF-8
crm_resource --wait
grep '^[#$=]' "$1" >/var/log/lines
: >/var/log/said
while IFS= read -r line; do
    printf '%s\n' "$line" >>/var/log/said
    case $line in
        '= '*) sh -c "${line#= }" >/dev/null 2>&1 || : ;;
        '$ '*)
            status=0
            sh -c "${line#\$ }" >/var/log/output 2>/var/log/errors </dev/null || status=$?
            # What does not follow the schema is shown whole.
            [ $status != 78 ] || : >/var/log/output
            # There is no launcher here whose state could be told.
            sed -i "/^Status of pacemakerd/d" /var/log/output
            sed 's/^/O|/' /var/log/output >>/var/log/said; sed 's/^/E|/' /var/log/errors >>/var/log/said; echo "rc=$status" >>/var/log/said ;;
    esac
done </var/log/lines
cp /var/log/said "$1"
