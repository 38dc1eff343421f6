// Another thread's element is read with no barrier after it was written. In one order of the threads this shows as a
// read before any write, in another as a race.
// report : shared memory
// error  : 719
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) missing_barrier(const float* x, float* y, int n)
{
    __shared__ float tile[64];
    int i = threadIdx.x;
    tile[i] = x[i];
    y[i] = tile[63 - i];
}
