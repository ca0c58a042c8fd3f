# Tripp Lite: PDU with SNMPWEBCARD
# Certainty B: one public implementation. Source: fence-agents fence_tripplite_snmp.
vendor = Tripp Lite
sysobjectid = 1.3.6.1.4.1.850.1
also = tripplite-lx
name = 1.3.6.1.4.1.850.10.2.3.5.1.5.{u}.{o}
status = 1.3.6.1.4.1.850.10.2.3.5.1.2.{u}.{o}
on = 2
off = 1
switch-on = 1.3.6.1.4.1.850.10.2.3.5.1.4.{u}.{o} 2
switch-off = 1.3.6.1.4.1.850.10.2.3.5.1.4.{u}.{o} 1
unit = 1
