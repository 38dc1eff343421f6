using System.Runtime.ExceptionServices;

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
    private readonly object _bed = new(); // where idle workers sleep
    private int _sleeping;
    private volatile Job? _job;
    private bool _started;

    public WorkerTeam(int threads) => _threads = threads;

    /// <summary>Runs <paramref name="body"/> for every item 0..<paramref name="count"/> and returns when all are done.</summary>
    /// <remarks>
    /// After an exception no further item starts, and the exception of the first failing item is thrown: the same one
    /// that a plain loop would throw. A loop inside a loop, or beside that of another caller, runs in line.
    /// </remarks>
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
            WakeSleepers(count - 1);
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

    // Publishing a job and falling asleep are a store followed by a load on either side. With a full fence between the
    // two, the caller sees the sleeper or the sleeper sees the job; without it both may miss each other and the whole
    // job would run on one thread. A pulse without a sleeper leaves nothing behind, unlike the count of a semaphore.
    private void WakeSleepers(int wanted)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) == 0)
        {
            return;
        }

        lock (_bed)
        {
            for (int worker = Math.Min(_sleeping, wanted); worker > 0; worker--)
            {
                Monitor.Pulse(_bed);
            }
        }
    }

    private Job SleepUntilJobOtherThan(Job? last)
    {
        lock (_bed)
        {
            Interlocked.Increment(ref _sleeping); // A full fence, before the look at the job.
            Job? job = _job;
            while (job is null || job == last)
            {
                Monitor.Wait(_bed);
                job = _job;
            }

            Interlocked.Decrement(ref _sleeping);
            return job;
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

            last = job is null || job == last ? SleepUntilJobOtherThan(last) : job;
            last.Work();
        }
    }

    private sealed class Job(int count, Action<int> body)
    {
        private readonly Lock _failing = new();
        private int _next = -1;
        private int _done;
        private volatile int _firstFailed = int.MaxValue;
        private ExceptionDispatchInfo? _failure;

        public void Work()
        {
            t_insideJob = true;
            int item;
            while ((item = Interlocked.Increment(ref _next)) < count)
            {
                // Items are taken in order, so all items before a failed one have been taken and still run.
                if (item < _firstFailed)
                {
                    try
                    {
                        body(item);
                    }
                    catch (Exception failure)
                    {
                        Fail(item, failure);
                    }
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

        public void ThrowIfFailed() => _failure?.Throw();

        private void Fail(int item, Exception failure)
        {
            lock (_failing)
            {
                if (item < _firstFailed)
                {
                    _firstFailed = item;
                    _failure = ExceptionDispatchInfo.Capture(failure);
                }
            }
        }
    }
}
