namespace Stardeq.Engine;

/// <summary>
/// A fixed team of threads that works through numbered items. The caller takes part, so a team of one runs in line.
/// Which thread takes which item is not fixed; what an item computes must not depend on it.
/// </summary>
internal sealed class WorkerTeam
{
    // Kernels follow each other within microseconds, so a worker looks for the next job this long before it sleeps.
    private const int SpinsBeforeSleep = 2_000;

    [ThreadStatic]
    private static bool t_insideJob;

    private readonly int _threads;
    private readonly Lock _callers = new();
    private readonly SemaphoreSlim _wake = new(0);
    private int _sleeping;
    private volatile Job? _job;
    private bool _started;

    public WorkerTeam(int threads) => _threads = threads;

    /// <summary>Runs <paramref name="body"/> for every item 0..<paramref name="count"/> and returns when all are done.</summary>
    public void Run(int count, Action<int> body)
    {
        if (_threads == 1 || count == 1 || t_insideJob || !_callers.TryEnter())
        {
            for (int item = 0; item < count; item++)
            {
                body(item);
            }

            return;
        }

        try
        {
            Start();
            var job = new Job(count, body);
            _job = job;
            int asleep = Volatile.Read(ref _sleeping);
            if (asleep > 0)
            {
                _wake.Release(Math.Min(asleep, count - 1));
            }

            job.Work();
            job.WaitForOthers();
            _job = null;
            job.ThrowIfFailed();
        }
        finally
        {
            _callers.Exit();
        }
    }

    private void Start()
    {
        if (_started)
        {
            return;
        }

        _started = true;
        for (int worker = 1; worker < _threads; worker++)
        {
            new Thread(WorkerLoop) { IsBackground = true, Name = $"stardeq worker {worker}" }.Start();
        }
    }

    private void WorkerLoop()
    {
        Job? last = null;
        while (true)
        {
            Job? job = _job;
            for (int spin = 0; spin < SpinsBeforeSleep && (job is null || job == last); spin++)
            {
                Thread.SpinWait(20);
                job = _job;
            }

            if (job is null || job == last)
            {
                Interlocked.Increment(ref _sleeping);
                _wake.Wait();
                Interlocked.Decrement(ref _sleeping);
                continue;
            }

            last = job;
            job.Work();
        }
    }

    private sealed class Job(int count, Action<int> body)
    {
        private int _next = -1;
        private int _done;
        private Exception? _failure;

        public void Work()
        {
            t_insideJob = true;
            int item;
            while ((item = Interlocked.Increment(ref _next)) < count)
            {
                try
                {
                    body(item);
                }
                catch (Exception failure)
                {
                    Interlocked.CompareExchange(ref _failure, failure, null);
                }

                Interlocked.Increment(ref _done);
            }

            t_insideJob = false;
        }

        public void WaitForOthers()
        {
            var spinner = default(SpinWait);
            while (Volatile.Read(ref _done) < count)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
            }
        }
    }
}
