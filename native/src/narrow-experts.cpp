#include "narrow-experts.h"

#include "async-task.h"
#include "expert-weights.h"
#include "tensor-type.h"

#include "ggml.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace {

// For experts that are in memory at the same time, each twice in single precision and once in its type.
constexpr int64_t VALUES_AT_ONCE = 1 << 27;

struct narrow_options {
    expert_matrix        down;
    std::vector<int64_t> experts;
    std::vector<float>   sums;   // [n_kept][n_in]
    std::vector<float>   counts; // [n_kept]
    int64_t              width;
    ggml_type            type;
    std::string          output;
    int32_t              n_threads;
};

// The neurons that matter most, ascending.
std::vector<int32_t> strongest(const std::vector<float> & values, const narrow_options & options, int64_t place) {
    const int64_t n_in = options.down.n_in;
    std::vector<double> scores(n_in, 0.0);
    for (int64_t row = 0; row < options.down.n_out; ++row) {
        const float * w = values.data() + row*n_in;
        for (int64_t c = 0; c < n_in; ++c) {
            scores[c] += (double) w[c]*w[c];
        }
    }
    for (int64_t c = 0; c < n_in; ++c) {
        scores[c] *= options.sums[place*n_in + c];
    }
    std::vector<int32_t> order(n_in);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
    order.resize(options.width);
    std::sort(order.begin(), order.end());
    return order;
}

// The importances of the columns' inputs; ones if nothing is known about the expert.
std::vector<float> importance_of(const std::vector<int32_t> & neurons, const narrow_options & options, int64_t place) {
    std::vector<float> means(neurons.size(), 1.0f);
    const float count = options.counts[place];
    if (count > 0) {
        std::transform(neurons.begin(), neurons.end(), means.begin(), [&](int32_t c) { return options.sums[place*options.down.n_in + c]/count; });
    }
    return means;
}

std::vector<uint8_t> columns(const std::vector<float> & values, const std::vector<int32_t> & neurons, const std::vector<float> & importance, const narrow_options & options) {
    const int64_t n_out = options.down.n_out;
    std::vector<float> kept;
    kept.reserve(n_out*options.width);
    for (int64_t row = 0; row < n_out; ++row) {
        const float * w = values.data() + row*options.down.n_in;
        for (const int32_t c : neurons) {
            kept.push_back(w[c]);
        }
    }
    std::vector<uint8_t> bytes(ggml_row_size(options.type, options.width)*n_out);
    ggml_quantize_chunk(options.type, kept.data(), bytes.data(), 0, n_out, options.width, importance.data());
    return bytes;
}

void require_writable(const narrow_options & options) {
    const bool is_float = options.type == GGML_TYPE_F32 || options.type == GGML_TYPE_F16 || options.type == GGML_TYPE_BF16;
    if (!is_float && !ggml_get_type_traits(options.type)->from_float_ref && !ggml_quantize_requires_imatrix(options.type)) {
        throw std::runtime_error(std::string("llama.cpp writes no type ") + ggml_type_name(options.type));
    }
    if (options.width <= 0 || options.width > options.down.n_in || options.width%ggml_blck_size(options.type) != 0) {
        throw std::runtime_error(std::string("rows of ") + std::to_string(options.width) + " are no whole number of blocks of type " + ggml_type_name(options.type));
    }
}

std::vector<int32_t> narrow(const narrow_options & options, const task_control & control) {
    require_writable(options);
    const int64_t n_kept = (int64_t) options.experts.size();
    std::vector<int32_t> neurons(n_kept*options.width);
    std::ofstream out(std::filesystem::u8path(options.output), std::ios::binary | std::ios::trunc);

    std::atomic<int64_t> next{0};
    std::exception_ptr   error;
    std::mutex           mutex;
    int64_t              n_done = 0;
    const auto work = [&] {
        std::vector<char>  read;
        std::vector<float> values;
        try {
            for (int64_t place; (place = next++) < n_kept;) {
                control.check();
                read_expert(options.down, options.experts[place], read, values);
                const auto own   = strongest(values, options, place);
                const auto bytes = columns(values, own, importance_of(own, options, place), options);
                std::copy(own.begin(), own.end(), neurons.begin() + place*options.width);
                const std::lock_guard<std::mutex> lock(mutex);
                out.seekp((std::streamoff) (place*(int64_t) bytes.size()));
                out.write((const char *) bytes.data(), (std::streamsize) bytes.size());
                if (!out.flush()) {
                    throw std::runtime_error("cannot write " + options.output);
                }
                control.progress((double) ++n_done, (double) n_kept);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!error) {
                error = std::current_exception();
            }
            next = n_kept;
        }
    };
    const int64_t n_at_once = std::max<int64_t>(1, VALUES_AT_ONCE/(options.down.n_in*options.down.n_out));
    std::vector<std::thread> others;
    for (int64_t t = 1; t < std::min({ n_kept, n_at_once, (int64_t) options.n_threads }); ++t) {
        others.emplace_back(work);
    }
    work();
    for (auto & thread : others) {
        thread.join();
    }
    if (error) {
        std::rethrow_exception(error);
    }
    return neurons;
}

} // namespace

Napi::Value narrow_experts(const Napi::CallbackInfo & info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    narrow_options options;
    try {
        options.down = expert_matrix_of(given.Get("down").As<Napi::Object>());
        options.type = tensor_type_by_name(given.Get("toType").As<Napi::String>().Utf8Value());
    } catch (const std::runtime_error & e) {
        throw Napi::Error::New(info.Env(), e.what());
    }
    const auto experts = given.Get("experts").As<Napi::Int32Array>();
    options.experts.assign(experts.Data(), experts.Data() + experts.ElementLength());
    const auto sums = given.Get("sums").As<Napi::Float32Array>();
    options.sums.assign(sums.Data(), sums.Data() + sums.ElementLength());
    const auto counts = given.Get("counts").As<Napi::Float32Array>();
    options.counts.assign(counts.Data(), counts.Data() + counts.ElementLength());
    options.width     = given.Get("width").As<Napi::Number>().Int64Value();
    options.output    = given.Get("output").As<Napi::String>().Utf8Value();
    options.n_threads = given.Get("nThreads").As<Napi::Number>().Int32Value();
    if (options.counts.size() != options.experts.size() || (int64_t) options.sums.size() != (int64_t) options.experts.size()*options.down.n_in) {
        throw Napi::TypeError::New(info.Env(), "sums and counts must be those of the experts");
    }
    return async_task<std::vector<int32_t>>::start(info.Env(), given, given,
        [options](const task_control & control) { return narrow(options, control); },
        [](Napi::Env env, std::vector<int32_t> & neurons) -> Napi::Value {
            auto found = Napi::Int32Array::New(env, neurons.size());
            std::copy(neurons.begin(), neurons.end(), found.Data());
            Napi::Object out = Napi::Object::New(env);
            out.Set("neurons", found);
            return out;
        });
}
