#compdef appliance cl_status crm_explain crm_resource crm_simulate crm_verify hb_standby hb_takeover hb_addnode hb_delnode hb_setweight hb_setsite heartbeat attrd_updater crmadmin cibadmin crm_attribute crm_diff crm_error crm_failcount crm_master crm_mon crm_node crm_rule crm_shadow crm_standby crm_ticket iso8601
# zsh completion for appliance and the commands of heartbeat it answers to.
# Names of nodes, links and groups come from the running daemon; without one there are none.

_appliance_nodes() {
  local -a nodes
  nodes=(${(f)"$(cl_status listnodes 2>/dev/null)"})
  compadd -a nodes
}

_appliance_keys() {
  local -a keys
  keys=(${(f)"$(appliance status --json 2>/dev/null | grep -o '"key":"[^"]*"' | cut -d'"' -f4)"})
  compadd -a keys
}

_appliance_links() {
  local -a links
  links=(${(f)"$(cl_status listhblinks $words[CURRENT-1] 2>/dev/null | tr -d '\t')"})
  compadd -a links
}

_crm_simulate() {
  case $words[CURRENT-1] in
    -x|--xml-file|-I|--save-input|-O|--save-output|-G|--save-graph|-D|--save-dotfile|--output-to) _files ;;
    -P|--profile) _files -/ ;;
    --output-as) compadd text xml ;;
    *) compadd -- --run --simulate --in-place --show-attrs --show-failcounts --show-scores --show-utilization --profile --repeat --node-up --node-down --node-fail --op-inject --op-fail --set-datetime --quorum --watchdog --ticket-grant --ticket-revoke --ticket-standby --ticket-activate --save-input --save-output --save-graph --save-dotfile --all-actions --live-check --xml-file --xml-pipe --output-as --output-to --text-fancy --quiet --verbose --version --help ;;
  esac
}

_cl_status() {
  if (( CURRENT == 2 )); then
    compadd clientstatus hblinkstatus hbstatus listnodes listhblinks nodestatus nodeweight nodesite nodetype rscstatus hbparameter
    return
  fi
  case $words[2] in
    hbstatus) compadd -- -m -v ;;
    listnodes) compadd -- -m -n -p -v ;;
    rscstatus) compadd -- -m ;;
    hbparameter)
      if [[ $words[CURRENT-1] == -p ]]; then
        compadd auto_failback deadping deadtime debugfile hbversion initdead keepalive logfacility logfile msgfmt udpport warntime
      else
        compadd -- -m -p
      fi ;;
    hblinkstatus) if (( CURRENT == 4 )); then _appliance_links; else _appliance_nodes; fi ;;
    *) _appliance_nodes ;;
  esac
}

_crm_resource() {
  case $words[CURRENT-1] in
    --list-agents) compadd ocf lsb service systemd stonith ;;
    --show-metadata) compadd -- ${(f)"$(appliance agents list 2>/dev/null | cut -d' ' -f1)"} ;;
    --output-as) compadd text xml ;;
    *) compadd -- --list --list-raw --list-operations --list-all-operations --query-xml --query-xml-raw --get-parameter --set-parameter --delete-parameter --locate --constraints --stack --why --cleanup --refresh --move --ban --clear --expired --lifetime --promoted --delete --node --recursive --parameter-value --meta --utilization --resource --resource-type --set-name --nvpair --force --quiet --list-standards --list-ocf-providers --list-agents --list-ocf-alternatives --show-metadata --validate --force-start --force-stop --force-check --force-promote --force-demote --class --provider --agent --option --timeout --output-as --output-to --text-fancy --version --help ;;
  esac
}

_appliance_crm() {
  case $1 in
    attrd_updater) compadd -- --name --update --update-both --update-delay --query --delete --refresh --delay --set --node --all --lifetime --private --output-as --output-to --verbose --version --help ;;
    crmadmin) compadd -- --status --pacemakerd --dc_lookup --nodes --timeout --bash-export --ipc-name --quiet --output-as --output-to --text-fancy --verbose --version --help ;;
    cibadmin) compadd -- --query --create --modify --replace --delete --delete-all --xpath --patch --upgrade --bump --erase --empty --md5-sum --md5-sum-versioned --scope --node-path --no-children --xml-text --xml-file --xml-pipe --force --allow-create --timeout --user --sync-call --local --node --verbose --version --help ;;
    crm_attribute) compadd -- --name --id --set-name --pattern --promotion --query --update --delete --node --lifetime --type --utilization --default --quiet --output-as --output-to --version --help ;;
    crm_diff) compadd -- --original --original-string --new --new-string --patch --cib --no-version --stdin --version --help ;;
    crm_error) compadd -- --list --name --rc --exit --output-as --output-to --verbose --version --help ;;
    crm_failcount) compadd -- --query --delete --node --resource --operation --interval --quiet ;;
    crm_master) compadd -- --query --delete --update --node --lifetime --id --resource --quiet ;;
    crm_mon) compadd -- --include --exclude --node --resource --group-by-node --inactive --failcounts --operations --timing-details --tickets --fence-history --neg-locations --show-node-attributes --hide-headers --show-detail --brief --simple-status --strict-status --interval --one-shot --daemonize --pid-file --external-agent --external-recipient --watch-fencing --as-html --as-xml --disable-ncurses --web-cgi --json --output-as --output-to --html-cgi --html-title --html-stylesheet --version --help ;;
    crm_node) compadd -- --name --cluster-id --list --partition --quorum --name-for-id --remove --force --quiet --verbose --version --help ;;
    crm_rule) compadd -- --check --rule --date --xml-text --output-as --output-to --version --help ;;
    crm_shadow) compadd -- --create --create-empty --validate-with --reset --switch --commit --all --delete --which --display --diff --file --edit --force --batch --verbose --version --help ;;
    crm_standby) compadd -- --query --delete --update --node --lifetime --id --quiet ;;
    crm_ticket) compadd -- --info --details --raw --query-xml --constraints --grant --revoke --standby --activate --get-attr --default --set-attr --attr-value --delete-attr --cleanup --ticket --force --verbose --version --help ;;
    iso8601) compadd -- --now --date --duration --period --expected --seconds --epoch --local --ordinal --week --version --help ;;
  esac
}

_crm_verify() {
  case $words[CURRENT-1] in
    -x|--xml-file|-S|--save-xml|--output-to) _files ;;
    --output-as) compadd text xml ;;
    *) compadd -- --xml-file --xml-text --xml-pipe --live-check --save-xml --verbose --quiet --output-as --output-to --text-fancy --version --help ;;
  esac
}

_crm_explain() {
  case $words[CURRENT-1] in
    -x|--xml-file) _files ;;
    *) compadd -- --xml-file --xml-pipe --set-datetime --json --help ;;
  esac
}

_appliance_command() {
  if (( CURRENT == 2 )); then
    local -a commands
    commands=(
      'agent:run a built-in resource agent'
      'agents:list, describe and check resource agents' 'crm_resource:agents, in the words of Pacemaker'
      'crm_simulate:what the cluster would do with a CIB'
      'crm_verify:check a CIB for errors' 'crm_explain:why a resource is where it is' 'explain:why a resource is where it is'
      'check:check ha.cf, authkeys and haresources'
      'cl_status:status as heartbeat 3.0.6 tells it'
      'fence:order one fencing device' 'fencing:fencing devices and history' 'haresources2cib:ha.cf and haresources as a CIB' 'stonith_admin:order and query fencing'
      'rehearse:prove that fencing a node works' 'sbd:slots of shared disks' 'meatclient:confirm a reset by hand' 'stonith:order one device, as cluster-glue'
      'cleanup:release a blocked resource group'
      'completion:print a completion script'
      'attrd_updater:transient node attributes' 'crmadmin:who decides for the cluster' 'cibadmin:ask a CIB, and change it' 'crm_attribute:cluster options and node attributes' 'crm_diff:make and apply patches of a CIB' 'crm_error:what Pacemakers numbers mean' 'crm_failcount:how often a resource failed' 'crm_master:a resources promotion score' 'crm_mon:the status of the cluster' 'crm_node:what the cluster knows of its nodes' 'crm_rule:whether a rule is in effect' 'crm_shadow:try changes on a copy of the CIB' 'crm_standby:keep resources away from a node' 'crm_ticket:show, grant and revoke tickets' 'iso8601:read dates and durations'
      'hb_addnode:add nodes' 'hb_delnode:take dead nodes out'
      'hb_setsite:set the site of a node' 'hb_setweight:set the weight of a node'
      'hb_standby:give resources to the other node' 'hb_takeover:take resources from the other node'
      'engine:which engine manages' 'heartbeat:the daemon' 'monitor:watch resources, or not' 'corosync-conf:the nodes as pcs reads them' 'operations:what was last done with each resource' 'links:what each link has shown'
      'status:nodes, links, resources, and why' 'systemd:try a unit of systemd' 'upgrade:restart in place' 'version:print the version'
    )
    _describe command commands
    return
  fi
  case $words[2] in
    status) compadd -- --json --watch --help ;;
    links) compadd -- --json --help ;;
    cleanup) _appliance_keys ;;
    systemd) if (( CURRENT == 3 )); then compadd -- ${(f)"$(appliance systemd list --timeout 2 2>/dev/null)"}; else compadd -- start stop restart reload monitor status watch manage release meta-data --timeout --count --interval --help; fi ;;
    crm_simulate) _crm_simulate ;;
    engine) compadd -- crm haresources withdraw --check --fresh --timeout --help ;;
    monitor) if (( CURRENT == 3 )); then compadd on off; else _appliance_keys; fi ;;
    agents)
      if (( CURRENT == 3 )); then compadd list info validate run
      elif [[ $words[3] == list ]]; then compadd -- ocf ocf:appliance ocf:heartbeat ocf:pacemaker lsb heartbeat service systemd stonith --json
      else compadd -- ${(f)"$(appliance agents list 2>/dev/null | cut -d' ' -f1)"} --json; fi ;;
    crm_resource) _crm_resource ;;
    crm_verify) _crm_verify ;;
    crm_explain|explain) _crm_explain ;;
    attrd_updater|crmadmin|cibadmin|crm_*|iso8601) _appliance_crm $words[2] ;;
    completion) compadd bash zsh fish ;;
    hb_standby|hb_takeover) compadd all foreign local failback ;;
    cl_status) shift words; (( CURRENT-- )); _cl_status ;;
    hb_*) _appliance_nodes ;;
  esac
}

case $service in
  appliance) _appliance_command ;;
  crm_simulate) _crm_simulate ;;
  cl_status) _cl_status ;;
  crm_resource) _crm_resource ;;
  crm_verify) _crm_verify ;;
  crm_explain) _crm_explain ;;
  attrd_updater|crmadmin|cibadmin|crm_*|iso8601) _appliance_crm $service ;;
  hb_standby|hb_takeover) (( CURRENT == 2 )) && compadd all foreign local failback ;;
  hb_delnode|hb_setweight|hb_setsite) _appliance_nodes ;;
  heartbeat) compadd -- -d -D -f -k -l -M -r -R -s -v -V -C --help ;;
esac
