# APC/Schneider: MasterSwitch Plus
# Off is 3, not 2.
# Certainty A: two independent sources agree. Source: fence-agents fence_apc_snmp, OpenStack Ironic.
vendor = APC/Schneider
sysobjectid = 1.3.6.1.4.1.318.1.3.4.4
name = 1.3.6.1.4.1.318.1.1.6.7.1.1.4.{u}.1.{o}
status = 1.3.6.1.4.1.318.1.1.6.7.1.1.5.{u}.1.{o}
on = 1
off = 2
switch-on = 1.3.6.1.4.1.318.1.1.6.5.1.1.5.{u}.1.{o} 1
switch-off = 1.3.6.1.4.1.318.1.1.6.5.1.1.5.{u}.1.{o} 3
unit = 1
