// It is only added to.
// launch : grid=2 block=64 count=128 y=filled
extern "C" __global__ void __launch_bounds__(64) atomic_and_plain(const float* x, float* y, int n)
{
    atomicAdd(reinterpret_cast<int*>(y), 1);
}
