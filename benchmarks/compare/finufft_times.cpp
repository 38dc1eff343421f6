// Times of FINUFFT on the NUFFT cases of `stardeq bench`: 32 images of 256 x 256, 100 spokes of 512 samples, two threads, plans and
// sorted points made before, single precision, at the tolerance that gives the error of each of our accuracies.
//
//   c++ -O2 -I FINUFFT/include finufft_times.cpp -L FINUFFT/lib -lfinufft -Wl,-rpath,FINUFFT/lib -o finufft_times
//
// Prints the lines that benchmarks/compare reads, with the relative l2 error against double precision at a tolerance of 1e-12.
#include <finufft.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using Single = std::complex<float>;
using Double = std::complex<double>;

static const int N = 256, Coils = 32, Spokes = 100, Readout = 512;
static const long Points = (long)Spokes * Readout;

static void require(int code, const char* what)
{
    if (code > 1) // 1 warns of a tolerance below what single precision gives
    {
        fprintf(stderr, "%s: FINUFFT error %d\n", what, code);
        exit(1);
    }
}

static double milliseconds_of(finufftf_plan plan, Single* samples, Single* images)
{
    std::vector<double> times;
    for (int run = 0; run < 23; run++)
    {
        auto start = std::chrono::steady_clock::now();
        require(finufftf_execute(plan, samples, images), "execute");
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }

    std::sort(times.begin() + 3, times.end()); // the first three warm up
    return times[3 + 10];
}

static double error_of(const Single* actual, const std::vector<Double>& truth)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < truth.size(); i++)
    {
        difference += std::norm(Double(actual[i]) - truth[i]);
        size += std::norm(truth[i]);
    }

    return std::sqrt(difference / size);
}

int main()
{
    std::vector<float> x(Points), y(Points);
    std::vector<double> xd(Points), yd(Points);
    for (int s = 0; s < Spokes; s++)
    {
        double angle = s * M_PI * (std::sqrt(5.0) - 1) / 2; // golden
        for (int r = 0; r < Readout; r++)
        {
            double radius = M_PI * (2.0 * r / Readout - 1);
            long i = (long)s * Readout + r;
            x[i] = (float)(radius * std::cos(angle));
            y[i] = (float)(radius * std::sin(angle));
            xd[i] = x[i];
            yd[i] = y[i];
        }
    }

    std::vector<Single> samples(Coils * Points), images((size_t)Coils * N * N);
    srand(1);
    auto draw = [] { return (float)rand() / RAND_MAX - 0.5f; };
    for (Single& value : samples) value = Single(draw(), draw());
    for (Single& value : images) value = Single(draw(), draw());

    int64_t modes[2] = { N, N };
    for (int type = 1; type <= 2; type++)
    {
        std::vector<Double> truth(type == 1 ? (size_t)N * N : Points), in(type == 1 ? Points : (size_t)N * N);
        for (size_t i = 0; i < in.size(); i++) in[i] = type == 1 ? samples[i] : images[i];
        require(type == 1 ? finufft2d1(Points, xd.data(), yd.data(), in.data(), 1, 1e-12, N, N, truth.data(), nullptr)
                          : finufft2d2(Points, xd.data(), yd.data(), truth.data(), 1, 1e-12, N, N, in.data(), nullptr), "truth");
        for (int coarse = 0; coarse <= 1; coarse++)
        {
            double best = 1e30, error = 0, sigma = 0;
            for (double upsampling : { 1.25, 2.0 })
            {
                finufft_opts options;
                finufftf_default_opts(&options);
                options.nthreads = (int)std::thread::hardware_concurrency();
                options.upsampfac = upsampling;
                finufftf_plan plan;
                require(finufftf_makeplan(type, 2, modes, 1, Coils, coarse ? 1e-3f : 1e-5f, &plan, &options), "plan");
                require(finufftf_setpts(plan, Points, x.data(), y.data(), nullptr, 0, nullptr, nullptr, nullptr), "points");
                std::vector<Single> result(type == 1 ? images.size() : samples.size());
                double ms = type == 1 ? milliseconds_of(plan, samples.data(), result.data()) : milliseconds_of(plan, result.data(), images.data());
                if (ms < best)
                {
                    best = ms;
                    error = error_of(result.data(), truth);
                    sigma = upsampling;
                }

                finufftf_destroy(plan);
            }

            printf("finufft %s, %dx%d, %d coils, %d spokes: type %d %.2f ms, error %.1e, sigma %.2f\n",
                coarse ? "coarse" : "accurate", N, N, Coils, Spokes, type, best, error, sigma);
        }
    }
}
