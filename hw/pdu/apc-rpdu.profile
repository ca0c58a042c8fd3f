# APC/Schneider: Switched Rack PDU (AP79xx), rPDU
# Also right for AP8xxx with an old configuration; count_oid is C.
# Certainty A: two independent sources agree. Source: fence-agents fence_apc_snmp, OpenStack Ironic.
vendor = APC/Schneider
sysobjectid = 1.3.6.1.4.1.318.1.3.4.5
also = apc-rpdu2 apc-masterswitch
name = 1.3.6.1.4.1.318.1.1.12.3.5.1.1.2.{o}
status = 1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.{o}
on = 1
off = 2
switch-on = 1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{o} 1
switch-off = 1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{o} 2
