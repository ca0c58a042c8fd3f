# Aten: PE series
# Certainty B: one public implementation. Source: OpenStack Ironic.
vendor = Aten
sysobjectid = 1.3.6.1.4.1.21317
status = 1.3.6.1.4.1.21317.1.3.2.2.2.2.{o}.0
on = 2
off = 1
moving = 3
switch-on = 1.3.6.1.4.1.21317.1.3.2.2.2.2.{o}.0 2
switch-off = 1.3.6.1.4.1.21317.1.3.2.2.2.2.{o}.0 1
