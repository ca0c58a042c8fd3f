using Appliance.Configuration;

namespace Appliance.Configuration.Tests;

public class What_heartbeat_prints
{
    /// <summary>Output of <c>heartbeat -D</c>, 3.0.6.</summary>
    [Test]
    public void For_D_is_the_table_of_defaults() => Assert.That(HaCfPrinter.Defaults(), Is.EqualTo("""
        Directive                Default   Description
        --------------------------------------------------------------------------------
        cluster                  linux-ha  the name of cluster
        hopfudge                 1         # of hops above cluster size
        keepalive                1000ms    keepalive time
        deadtime                 30000ms   node deadtime
        baud                     19200     baud rate
        auto_failback            legacy    auto failback
        hbgenmethod              file      protocol generation computation method
        realtime                 true      enable realtime behavior?
        msgfmt                   classic   message format in the wire
        conn_logd_time           60        the interval to reconnect to logd
        log_badpack              true      warn about bad packets
        syslogmsgfmt             true      log to files in syslog format
        coredumps                true      enable Linux-HA core dumps
        pacemaker                false     enable Pacemaker resource management
        autojoin                 none      set automatic join mode/style
        uuidfrom                 file      set the source for uuid
        compression              zlib      set compression module
        compression_threshold    2         set compression threshold
        traditional_compression  no        set traditional_compression
        max_rexmit_delay         250       set the maximum rexmit delay time
        record_config_changes    on        record changes to the cib (valid only with: pacemaker on)
        record_pengine_inputs    on        record the input used by the policy engine (valid only with: pacemaker on)
        enable_config_writes     on        write configuration changes to disk (valid only with: pacemaker on)
        memreserve               6500      number of kbytes to preallocate in heartbeat

        """));

    [Test]
    public void For_DW_is_the_table_in_wiki_markup() => Assert.That(HaCfPrinter.WikiDefaults(), Does.Contain("\n||[wiki:ha.cf/AutoFailbackDirective auto_failback]||legacy||auto failback||\n"));

    /// <summary>As 3.0.6's <c>heartbeat -v</c> for the same file, but for the clients that may talk to the daemon and the compression that is not active.</summary>
    [Test]
    public void For_v_is_the_configuration_in_effect() => Assert.That(HaCfPrinter.Print(Given.With("deadtime 3").Value!).Replace('\t', '~'), Is.EqualTo("""
        #
        #~Linux-HA heartbeat configuration (on alpha)
        #

        #---------------------------------------------------
        #
        #~HA configuration and status
        #
        cluster~linux-ha~#~the name of cluster
        hopfudge~1~#~# of hops above cluster size
        keepalive~1000ms~#~keepalive time
        deadtime~3~#~node deadtime
        deadping~3000ms~#~ping deadtime
        initdead~12000ms~#~initial deadtime
        warntime~1500ms~#~warning time
        baud~19200~#~baud rate
        udpport~694~#~UDP port number
        logfacility~none~#~syslog log facility
        logfile~/dev/null~#~log file
        auto_failback~on~#~auto failback
        hbgenmethod~file~#~protocol generation computation method
        realtime~true~#~enable realtime behavior?
        debug~0~#~debug level
        msgfmt~classic~#~message format in the wire
        conn_logd_time~60~#~the interval to reconnect to logd
        log_badpack~true~#~warn about bad packets
        syslogmsgfmt~true~#~log to files in syslog format
        coredumps~true~#~enable Linux-HA core dumps
        pacemaker~false~#~enable Pacemaker resource management
        autojoin~none~#~set automatic join mode/style
        uuidfrom~file~#~set the source for uuid
        # not active: compression~zlib~#~set compression module
        compression_threshold~2~#~set compression threshold
        traditional_compression~no~#~set traditional_compression
        max_rexmit_delay~250~#~set the maximum rexmit delay time
        record_config_changes~on~#~record changes to the cib (valid only with: pacemaker on)
        record_pengine_inputs~on~#~record the input used by the policy engine (valid only with: pacemaker on)
        enable_config_writes~on~#~write configuration changes to disk (valid only with: pacemaker on)
        memreserve~6500~#~number of kbytes to preallocate in heartbeat
        #
        #~HA Cluster nodes:
        #
        node alpha
        node beta
        #
        #~Communications media:
        #
        # UDP/IP broadcast heartbeat channel -------------
        bcast eth0
        apiauth ipfail uid=hacluster
        apiauth ccm uid=hacluster
        apiauth ping gid=haclient
        apiauth lha-snmpagent uid=root
        apiauth anon uid=root gid=haclient
        #---------------------------------------------------

        """));
}
