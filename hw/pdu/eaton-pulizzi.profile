# Eaton: Switched ePDU (Pulizzi), IPV3600
# Control row is outlet + 1 (row 1 switches everything); status 0 means no such outlet; sysObjectID says .1, data are at .2.
# Certainty A: two independent sources agree. Source: fence-agents fence_eaton_snmp, NUT eaton-pdu-pulizzi-mib.
vendor = Eaton
sysobjectid = 1.3.6.1.4.1.20677
name = 1.3.6.1.4.1.20677.2.6.1.{o}.1.0
status = 1.3.6.1.4.1.20677.2.6.3.{o}.0
on = 1
off = 2
switch-on = 1.3.6.1.4.1.20677.2.6.2.{o+1}.0 1
switch-off = 1.3.6.1.4.1.20677.2.6.2.{o+1}.0 2
