using Appliance.Cib;
using Appliance.Crm;
using Appliance.Crm.Store;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Crm;

/// <summary>Writes the CIB for a control process, beside it, one thing after the other: the product's own files, on a disk that takes its time for each step and may lose its power before any.</summary>
internal sealed class CibDesk
{
    private readonly World _world;
    private readonly Machine _machine;
    private readonly ControlProcess _control;
    private readonly CibView _view;
    private readonly CibFiles _files;
    private readonly Queue<Action> _work = [];
    private bool _busy;

    public CibDesk(World world, Machine machine, ControlProcess control)
    {
        (_world, _machine, _control) = (world, machine, control);
        _view = new(machine.CibDisk);
        _files = new(_view);
    }

    public void Load(Action<CibLoaded> loaded) => Do(() =>
    {
        var found = _files.Load();
        _world.Rules.Cib.Read(_machine, found.Document);
        _view.Then(() => _control.Let(() => loaded(found)));
    });

    /// <param name="stored">It is on the disk.</param>
    public void Write(CibElement document, CibStanding standing, Action stored) => Do(() =>
    {
        _world.Rules.Cib.Storing(_machine, document);
        _files.Store(document, standing);
        _view.Then(() =>
        {
            _world.Rules.Cib.Stored(_machine, document);
            _control.Let(stored);
        });
        SettleLater();
    });

    public void WriteTerm(long term, Action stored) => Do(() =>
    {
        _files.StoreTerm(term);
        _view.Then(() => _control.Let(stored));
    });

    /// <summary>As the product does it: when it is quiet, and giving way to what comes meanwhile.</summary>
    private void SettleLater() => _world.After(TimeSpan.FromMilliseconds(20), () => _control.Let(() => Do(() =>
    {
        if (!_files.Settle(() => _work.Count > 0)) SettleLater();
    })));

    public void KeepLost(CibElement document) => Do(() =>
    {
        var name = _files.KeepLost(document, out _);
        _world.Trace.Say(0x71, _machine.Name, $"keeps the CIB that gives way as {name}");
    });

    private void Do(Action work)
    {
        _work.Enqueue(work);
        if (!_busy) Next();
    }

    private void Next()
    {
        _busy = true;
        while (_view.Steps.Count == 0)
        {
            if (!_work.TryDequeue(out var work))
            {
                _busy = false;
                return;
            }
            work();
        }
        var (step, flushes) = _view.Steps.Dequeue();
        _world.After(flushes ? _world.Chance.Milliseconds(0.3, 5) : _world.Chance.Milliseconds(0.01, 0.1), () => _control.Let(() =>
        {
            if (!_machine.CountsWrite(_control)) return;
            if (!flushes || _world.Mutation.Flushes) step(_machine.CibDisk);
            Next();
        }));
    }
}
