# QLogic SANbox Fibre Channel switches: telnet, ports asked one by one, administration taken before and given back.
# "set port" is lost when the switch is restarted: the machine is let in again then. The column AdminState is what was set, not what the link does.
# Source: fence-agents fence_sanbox2. Not tried with a switch.
agent = fence_sanbox2
fabric = yes
telnet = yes
prompt = #>
start = admin start
started = (admin)
status = show port {plug}
row = AdminState {state} {rest}
off-is = Offline
on-is = Online
switch-off = set port {plug} state offline
switch-on = set port {plug} state online
refused = invalid | denied | must be | error
leave = admin end
leave = exit
