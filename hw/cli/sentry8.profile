# Server Technology Sentry Switched PDU, firmware 8: rows are identifier, name, what the outlet was told, its state, its condition.
# Source: fence-agents fence_cdu. Not tried with a unit.
fabric = no
telnet = yes
prompt = CDU: | PDU:
status = status all
row = {plug} {label} On {state} {rest}
row = {plug} {label} Off {state} {rest}
row = {plug} {label} Idle On {state} {rest}
row = {plug} {label} Wake On {state} {rest}
off-is = Off
on-is = On
switch-off = off {plug}
switch-on = on {plug}
refused = denied | invalid | not found | not authorized
leave = logout
