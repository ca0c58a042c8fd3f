# APC/Schneider: MasterSwitch (AP92xx), sPDU; fallback on every APC PDU
# Control and status share the column.
# Certainty A: two independent sources agree. Source: fence-agents fence_apc_snmp, NUT apc-pdu-mib, OpenStack Ironic.
vendor = APC/Schneider
sysobjectid = 1.3.6.1.4.1.318.1.3.4
name = 1.3.6.1.4.1.318.1.1.4.4.2.1.4.{o}
status = 1.3.6.1.4.1.318.1.1.4.4.2.1.3.{o}
on = 1
off = 2
switch-on = 1.3.6.1.4.1.318.1.1.4.4.2.1.3.{o} 1
switch-off = 1.3.6.1.4.1.318.1.1.4.4.2.1.3.{o} 2
