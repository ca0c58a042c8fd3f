# Server Technology Sentry Switched CDU, firmware 6 and 7: rows are identifier, name, state of the outlet, what it was told.
# An outlet told to go on after a wait says "Off" and "Wake On": its own state counts, and it is asked until it is as wanted.
# Firmware 8 prints other columns: profile=sentry8.
# Source: fence-agents fence_cdu. Not tried with a unit.
agent = fence_cdu
fabric = no
telnet = yes
prompt = CDU: | PDU:
start = set option more disabled
status = status
row = {plug} {label} {state} {rest}
off-is = Off
on-is = On
switch-off = off {plug}
switch-on = on {plug}
refused = denied | invalid | not found | not authorized
leave = logout
