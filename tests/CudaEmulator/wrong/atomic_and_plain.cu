// A counter is added to atomically and read plainly in the same launch.
// report : race in global memory
// error  : 719
// launch : grid=2 block=64 count=128 y=filled
extern "C" __global__ void __launch_bounds__(64) atomic_and_plain(const float* x, float* y, int n)
{
    int* counter = reinterpret_cast<int*>(y);
    atomicAdd(counter, 1);
    if (threadIdx.x == 0) y[1 + blockIdx.x] = (float)*counter;
}
