namespace Stardeq.Engine;

/// <summary>
/// The memory of a graph. While it is open, on the thread that opened it, whatever is returned to the pool stays here
/// and is handed out again only here; afterwards it stays until it is released. Nobody else can get memory that a launch
/// of the graph will write to. The pool calls it under its lock.
/// </summary>
internal sealed class PoolReservation(MemoryPool pool)
{
    private readonly Dictionary<long, Stack<MemoryBlock>> _idle = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _open = true;

    /// <summary>Whether it takes part in what the present thread does.</summary>
    public bool IsMine => _open && _thread == Environment.CurrentManagedThreadId;

    /// <summary>Whether it was released.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>Ends the capture: no more memory is taken or handed out.</summary>
    public void Close()
    {
        _open = false;
        pool.EndReservation(this);
    }

    /// <summary>Gives all memory to the pool.</summary>
    public void Release()
    {
        Close();
        IsReleased = true;
        MemoryBlock[] kept = [.. _idle.Values.SelectMany(stack => stack)];
        _idle.Clear();
        foreach (MemoryBlock block in kept)
        {
            pool.Return(block);
        }
    }

    /// <summary>Keeps memory that is no longer held by a tensor. The ledger goes on counting it under its last owner.</summary>
    public void Keep(MemoryBlock block)
    {
        if (!_idle.TryGetValue(block.Bytes, out Stack<MemoryBlock>? stack))
        {
            _idle[block.Bytes] = stack = new Stack<MemoryBlock>();
        }

        stack.Push(block);
    }

    /// <summary>Memory of a size that was kept, or null.</summary>
    public MemoryBlock? Take(long size) => _idle.TryGetValue(size, out Stack<MemoryBlock>? stack) && stack.Count > 0 ? stack.Pop() : null;
}
