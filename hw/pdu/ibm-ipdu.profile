# IBM: iPDU (46M4002)
# The source defaults to SNMP v3.
# Certainty B: one public implementation. Source: fence-agents fence_ipdu.
vendor = IBM
sysobjectid = 1.3.6.1.4.1.2.6.223
name = 1.3.6.1.4.1.2.6.223.8.2.2.1.2.{o}
status = 1.3.6.1.4.1.2.6.223.8.2.2.1.11.{o}
on = 1
off = 0
switch-on = 1.3.6.1.4.1.2.6.223.8.2.2.1.11.{o} 1
switch-off = 1.3.6.1.4.1.2.6.223.8.2.2.1.11.{o} 0
