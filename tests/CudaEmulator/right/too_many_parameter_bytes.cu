// 4096 bytes are allowed.
// launch : grid=1 block=64 count=64
struct Large4072
{
    int values[1018];
};

extern "C" __global__ void __launch_bounds__(64) too_many_parameter_bytes(const float* x, float* y, int n, Large4072 large)
{
    y[threadIdx.x] = x[threadIdx.x] + (float)large.values[n];
}
