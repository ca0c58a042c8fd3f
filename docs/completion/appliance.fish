# fish completion for appliance and the commands of heartbeat it answers to.
# Names of nodes, links and groups come from the running daemon; without one there are none.

function __appliance_nodes
    cl_status listnodes 2>/dev/null
end

function __appliance_keys
    appliance status --json 2>/dev/null | grep -o '"key":"[^"]*"' | cut -d'"' -f4
end

function __appliance_links
    set -l words (commandline -opc)
    cl_status listhblinks $words[-1] 2>/dev/null | tr -d '\t'
end

set -l none 'not __fish_seen_subcommand_from agent agents attrd_updater check cibadmin cl_status cleanup completion corosync-conf crm_attribute crm_diff crm_error crm_explain crm_failcount crm_master crm_mon crm_node crm_resource crm_rule crm_shadow crm_simulate crm_standby crm_ticket crm_verify crmadmin engine explain fence fencing haresources2cib hb_addnode hb_delnode hb_setsite hb_setweight hb_standby hb_takeover heartbeat iso8601 links meatclient monitor operations rehearse sbd status stonith stonith_admin systemd upgrade version'
complete -c appliance -f
complete -c appliance -n $none -a agent -d 'run a built-in resource agent'
complete -c appliance -n $none -a agents -d 'list, describe and check resource agents'
complete -c appliance -n $none -a crm_resource -d 'agents, in the words of Pacemaker'
complete -c appliance -n $none -a crm_simulate -d 'what the cluster would do with a CIB'
complete -c appliance -n $none -a crm_verify -d 'check a CIB for errors'
complete -c appliance -n $none -a 'crm_explain explain' -d 'why a resource is where it is'
complete -c crm_explain -f
complete -c crm_explain -s x -l xml-file -r -F -d 'the CIB'
complete -c crm_explain -s p -l xml-pipe -d 'from standard input'
complete -c crm_explain -s t -l set-datetime -x -d 'pretend that it is this time'
complete -c crm_explain -l json -d 'one line of JSON'
complete -c crm_verify -f
complete -c crm_verify -s x -l xml-file -r -F -d 'the configuration is in this file'
complete -c crm_verify -s X -l xml-text -x -d 'this is the configuration'
complete -c crm_verify -s p -l xml-pipe -d 'from standard input'
complete -c crm_verify -s L -l live-check -d 'the running cluster'
complete -c crm_verify -s S -l save-xml -r -F -d 'write what is checked'
complete -c crm_verify -s V -l verbose -d 'name the errors'
complete -c crm_verify -s q -l quiet -d 'say nothing'
complete -c crm_verify -l output-as -x -a 'text xml'
complete -c appliance -n $none -a cibadmin -d 'ask a CIB, and change it'
complete -c appliance -n $none -a crm_attribute -d 'cluster options and node attributes'
complete -c appliance -n $none -a crm_diff -d 'make and apply patches of a CIB'
complete -c appliance -n $none -a crm_error -d 'what Pacemaker\'s numbers mean'
complete -c appliance -n $none -a crm_failcount -d 'how often a resource failed'
complete -c appliance -n $none -a crm_master -d 'a resource\'s promotion score'
complete -c appliance -n $none -a attrd_updater -d 'transient node attributes'
complete -c appliance -n $none -a crmadmin -d 'who decides for the cluster'
complete -c appliance -n $none -a crm_mon -d 'the status of the cluster'
complete -c appliance -n $none -a crm_node -d 'what the cluster knows of its nodes'
complete -c appliance -n $none -a crm_rule -d 'whether a rule is in effect'
complete -c appliance -n $none -a crm_shadow -d 'try changes on a copy of the CIB'
complete -c appliance -n $none -a crm_standby -d 'keep resources away from a node'
complete -c appliance -n $none -a crm_ticket -d 'show, grant and revoke tickets'
complete -c appliance -n $none -a iso8601 -d 'read dates and durations'
complete -c appliance -n $none -a corosync-conf -d 'the nodes as pcs reads them'
complete -c appliance -n $none -a operations -d 'what was last done with each resource'
complete -c appliance -n '__fish_seen_subcommand_from agents; and not __fish_seen_subcommand_from list info validate run' -a 'list info validate run'
complete -c appliance -n '__fish_seen_subcommand_from agents; and __fish_seen_subcommand_from list' -a 'ocf ocf:appliance ocf:heartbeat ocf:pacemaker lsb heartbeat service systemd stonith'
complete -c appliance -n '__fish_seen_subcommand_from agents; and __fish_seen_subcommand_from info validate run' -a '(appliance agents list 2>/dev/null | cut -d" " -f1)'
complete -c appliance -n '__fish_seen_subcommand_from agents' -l json -d 'one line of JSON'
complete -c appliance -n $none -a check -d 'check ha.cf, authkeys and haresources'
complete -c appliance -n $none -a cl_status -d 'status as heartbeat 3.0.6 tells it'
complete -c appliance -n $none -a cleanup -d 'release a blocked resource group'
complete -c appliance -n $none -a fence -d 'order one fencing device'
complete -c appliance -n $none -a fencing -d 'fencing devices and history'
complete -c appliance -n $none -a haresources2cib -d 'ha.cf and haresources as a CIB'
complete -c appliance -n '__fish_seen_subcommand_from haresources2cib' -l dir -s d -r -F -d 'directory of the files'
complete -c appliance -n '__fish_seen_subcommand_from haresources2cib' -l output -s o -r -F -d 'write to a new file'
complete -c appliance -n '__fish_seen_subcommand_from haresources2cib' -l secrets -d 'show passwords'
complete -c appliance -n $none -a engine -d 'which engine manages, and the move to the other'
complete -c appliance -n '__fish_seen_subcommand_from engine' -a 'crm haresources withdraw' -l check -l fresh -l timeout
complete -c appliance -n $none -a monitor -d 'watch resources, or not'
complete -c appliance -n $none -a rehearse -d 'prove that fencing a node works'
complete -c appliance -n $none -a sbd -d 'slots of shared disks'
complete -c appliance -n $none -a meatclient -d 'confirm a reset by hand'
complete -c appliance -n $none -a stonith -d 'order one device, as cluster-glue'
complete -c appliance -n '__fish_seen_subcommand_from fence' -a 'ipmi pdu switchport relay sbd scsi check-scsi meatware null'
complete -c appliance -n '__fish_seen_subcommand_from sbd' -a 'create dump list allocate message ping'
complete -c appliance -n $none -a stonith_admin -d 'order and query fencing'
complete -c appliance -n $none -a completion -d 'print a completion script'
complete -c appliance -n $none -a 'hb_addnode hb_delnode hb_setsite hb_setweight' -d 'change the node list'
complete -c appliance -n $none -a hb_standby -d 'give resources to the other node'
complete -c appliance -n $none -a hb_takeover -d 'take resources from the other node'
complete -c appliance -n $none -a heartbeat -d 'the daemon'
complete -c appliance -n $none -a links -d 'what each link has shown'
complete -c appliance -n $none -a status -d 'nodes, links, resources, and why'
complete -c appliance -n $none -a systemd -d 'try a unit of systemd'
complete -c appliance -n $none -a upgrade -d 'restart in place'
complete -c appliance -n $none -a version -d 'print the version'
complete -c appliance -n '__fish_seen_subcommand_from status links' -l json -d 'one line of JSON'
complete -c appliance -n '__fish_seen_subcommand_from status' -s w -l watch -d 'again every second'
complete -c appliance -n '__fish_seen_subcommand_from cleanup' -a '(__appliance_keys)'
complete -c appliance -n '__fish_seen_subcommand_from systemd' -a 'start stop restart reload monitor status watch manage release meta-data (appliance systemd list --timeout 2 2>/dev/null)'
complete -c appliance -n '__fish_seen_subcommand_from monitor; and not __fish_seen_subcommand_from on off' -a 'on off'
complete -c appliance -n '__fish_seen_subcommand_from monitor; and __fish_seen_subcommand_from on off' -a '(__appliance_keys)'
complete -c appliance -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
complete -c appliance -n '__fish_seen_subcommand_from hb_standby hb_takeover' -a 'all foreign local failback'

set -l subs clientstatus hblinkstatus hbstatus listnodes listhblinks nodestatus nodeweight nodesite nodetype rscstatus hbparameter
complete -c cl_status -f
complete -c cl_status -n "not __fish_seen_subcommand_from $subs" -a "$subs"
complete -c cl_status -n '__fish_seen_subcommand_from nodestatus nodetype nodeweight nodesite listhblinks clientstatus' -a '(__appliance_nodes)'
complete -c cl_status -n '__fish_seen_subcommand_from hblinkstatus' -a '(__appliance_nodes) (__appliance_links)'
complete -c cl_status -n "__fish_seen_subcommand_from $subs" -s m -d 'for people'
complete -c cl_status -n '__fish_seen_subcommand_from hbstatus listnodes listhblinks' -s v -d 'with states'
complete -c cl_status -n '__fish_seen_subcommand_from listnodes' -s n -d 'normal nodes only'
complete -c cl_status -n '__fish_seen_subcommand_from listnodes' -s p -d 'ping nodes only'
complete -c cl_status -n '__fish_seen_subcommand_from hbparameter' -s p -x -a 'auto_failback deadping deadtime hbversion initdead keepalive logfile msgfmt udpport warntime'

complete -c cibadmin -l query -l create -l modify -l replace -l delete -l delete-all -l xpath -l patch -l upgrade -l bump -l erase -l empty -l md5-sum -l md5-sum-versioned -l scope -l node-path -l no-children -l xml-text -l xml-file -l xml-pipe -l force -l allow-create -l timeout -l user -l sync-call -l local -l node -l verbose -l version -l help
complete -c crm_attribute -l name -l id -l set-name -l pattern -l promotion -l query -l update -l delete -l node -l lifetime -l type -l utilization -l default -l quiet -l output-as -l output-to -l version -l help
complete -c crm_diff -l original -l original-string -l new -l new-string -l patch -l cib -l no-version -l stdin -l version -l help
complete -c crm_error -l list -l name -l rc -l exit -l output-as -l output-to -l verbose -l version -l help
complete -c crm_failcount -l query -l delete -l node -l resource -l operation -l interval -l quiet
complete -c crm_master -l query -l delete -l update -l node -l lifetime -l id -l resource -l quiet
complete -c attrd_updater -l name -l update -l update-both -l update-delay -l query -l delete -l refresh -l delay -l set -l node -l all -l lifetime -l private -l output-as -l output-to -l verbose -l version -l help
complete -c crmadmin -l status -l pacemakerd -l dc_lookup -l nodes -l timeout -l bash-export -l ipc-name -l quiet -l output-as -l output-to -l text-fancy -l verbose -l version -l help
complete -c crm_mon -l include -l exclude -l node -l resource -l group-by-node -l inactive -l failcounts -l operations -l timing-details -l tickets -l fence-history -l neg-locations -l show-node-attributes -l hide-headers -l show-detail -l brief -l simple-status -l strict-status -l interval -l one-shot -l daemonize -l pid-file -l external-agent -l external-recipient -l watch-fencing -l as-html -l as-xml -l disable-ncurses -l web-cgi -l json -l output-as -l output-to -l html-cgi -l html-title -l html-stylesheet -l version -l help
complete -c crm_node -l name -l cluster-id -l list -l partition -l quorum -l name-for-id -l remove -l force -l quiet -l verbose -l version -l help
complete -c crm_rule -l check -l rule -l date -l xml-text -l output-as -l output-to -l version -l help
complete -c crm_shadow -l create -l create-empty -l validate-with -l reset -l switch -l commit -l all -l delete -l which -l display -l diff -l file -l edit -l force -l batch -l verbose -l version -l help
complete -c crm_standby -l query -l delete -l update -l node -l lifetime -l id -l quiet
complete -c crm_ticket -l info -l details -l raw -l query-xml -l constraints -l grant -l revoke -l standby -l activate -l get-attr -l default -l set-attr -l attr-value -l delete-attr -l cleanup -l ticket -l force -l verbose -l version -l help
complete -c iso8601 -l now -l date -l duration -l period -l expected -l seconds -l epoch -l local -l ordinal -l week -l version -l help
complete -c crm_resource -f -l list -l list-raw -l list-operations -l list-all-operations -l query-xml -l query-xml-raw -l get-parameter -l set-parameter -l delete-parameter -l locate -l constraints -l stack -l why -l cleanup -l refresh -l move -l ban -l clear -l expired -l lifetime -l promoted -l delete -l node -l recursive -l parameter-value -l meta -l utilization -l resource -l resource-type -l set-name -l nvpair -l force -l quiet
complete -c crm_resource -f -l list-standards -l list-ocf-providers -l list-agents -l list-ocf-alternatives -l show-metadata
complete -c crm_resource -f -l validate -l force-start -l force-stop -l force-check -l force-promote -l force-demote -l class -l provider -l agent -l option
complete -c crm_resource -x -l output-as -a 'text xml'

complete -c crm_simulate -f
complete -c crm_simulate -s x -l xml-file -r -F -d 'the CIB'
complete -c crm_simulate -s p -l xml-pipe -d 'from standard input'
complete -c crm_simulate -s L -l live-check -d 'the running cluster'
complete -c crm_simulate -s R -l run -d 'say what the cluster would do'
complete -c crm_simulate -s S -l simulate -d 'do it in thought as well'
complete -c crm_simulate -s X -l in-place -d 'and write it into the input'
complete -c crm_simulate -s A -l show-attrs -d 'attributes of nodes'
complete -c crm_simulate -s c -l show-failcounts -d 'fail counts'
complete -c crm_simulate -s s -l show-scores -d 'scores'
complete -c crm_simulate -s U -l show-utilization -d 'capacities'
complete -c crm_simulate -s P -l profile -x -a "(__fish_complete_directories)" -d 'time a folder of files'
complete -c crm_simulate -s N -l repeat -x -d 'each so many times'
complete -c crm_simulate -s u -l node-up -x -d 'a node comes up'
complete -c crm_simulate -s d -l node-down -x -d 'a node leaves'
complete -c crm_simulate -s f -l node-fail -x -d 'a node fails'
complete -c crm_simulate -s i -l op-inject -x -d 'an operation had this result'
complete -c crm_simulate -s F -l op-fail -x -d 'an operation will fail'
complete -c crm_simulate -s t -l set-datetime -x -d 'pretend that it is this time'
complete -c crm_simulate -s q -l quorum -x -d 'quorum or not'
complete -c crm_simulate -s w -l watchdog -x -d 'a watchdog or not'
complete -c crm_simulate -s g -l ticket-grant -x -d 'grant a ticket'
complete -c crm_simulate -s r -l ticket-revoke -x -d 'revoke a ticket'
complete -c crm_simulate -s b -l ticket-standby -x -d 'make a ticket standby'
complete -c crm_simulate -s e -l ticket-activate -x -d 'activate a ticket'
complete -c crm_simulate -s I -l save-input -r -F -d 'keep the CIB with what is pretended'
complete -c crm_simulate -s O -l save-output -r -F -d 'keep the CIB as it would be'
complete -c crm_simulate -s G -l save-graph -r -F -d 'keep the graph'
complete -c crm_simulate -s D -l save-dotfile -r -F -d 'keep the drawing'
complete -c crm_simulate -s a -l all-actions -d 'draw everything'
complete -c crm_simulate -s Q -l quiet -d 'only what was asked for'
complete -c crm_simulate -s V -l verbose -d 'more'
complete -c crm_simulate -l output-as -x -a 'text xml'
complete -c crm_simulate -l output-to -r -F

complete -c hb_standby -f -a 'all foreign local failback'
complete -c hb_takeover -f -a 'all foreign local failback'
complete -c hb_delnode -f -a '(__appliance_nodes)'
complete -c hb_setweight -f -a '(__appliance_nodes)'
complete -c hb_setsite -f -a '(__appliance_nodes)'
