# HPE: G2 PDU with CIS MIB
# As hpe-pdu2 with unit 1.
# Certainty B: one public implementation. Source: NUT hpe-pdu3-cis-mib.
vendor = HPE
sysobjectid = 1.3.6.1.4.1.232.165.11
name = 1.3.6.1.4.1.232.165.11.5.1.1.2.{u}.{o}
status = 1.3.6.1.4.1.232.165.11.5.2.1.1.{u}.{o}
on = 2
off = 1
moving = 3 4
switch-on = 1.3.6.1.4.1.232.165.11.5.2.1.3.{u}.{o} 0
switch-off = 1.3.6.1.4.1.232.165.11.5.2.1.2.{u}.{o} 0
unit = 1
