# Teltronix: PDU
# Certainty B: one public implementation. Source: OpenStack Ironic.
vendor = Teltronix
sysobjectid = 1.3.6.1.4.1.23620
status = 1.3.6.1.4.1.23620.1.2.2.1.4.{o}
on = 2
off = 1
switch-on = 1.3.6.1.4.1.23620.1.2.2.1.4.{o} 2
switch-off = 1.3.6.1.4.1.23620.1.2.2.1.4.{o} 1
