// Without __restrict__ the array may be changed in place.
// launch : grid=1 block=64 count=64 y=x
extern "C" __global__ void __launch_bounds__(64) read_only_data_written(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] = 2.0f * x[i];
}
