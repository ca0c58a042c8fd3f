# Tripp Lite: PDU with WEBCARDLX (TRIPPLITE-PRODUCTS)
# Command column reads 0 when idle.
# Certainty A: two independent sources agree. Source: fence-agents fence_tripplite_snmp, public implementations.
vendor = Tripp Lite
sysobjectid = 1.3.6.1.4.1.850.1.1.1
also = tripplite
name = 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.2.{u}.{o}
status = 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.4.{u}.{o}
on = 2
off = 1
switch-on = 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.6.{u}.{o} 2
switch-off = 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.6.{u}.{o} 1
unit = 1
