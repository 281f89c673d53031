#include "narrow-experts.h"

#include "async-task.h"
#include "in-threads.h"
#include "napi-values.h"
#include "tensor-type.h"

#include "ggml.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

namespace {

// For experts that are in memory at the same time, each twice in single precision and once in its type.
constexpr int64_t VALUES_AT_ONCE = 1 << 27;

// A matrix for each of a block's experts; they follow one another in a file.
struct expert_matrices {
    std::string path;
    int64_t     offset; // of the first expert
    ggml_type   type;
    int64_t     n_in;
    int64_t     n_out;
};

struct narrow_options {
    expert_matrices      down;
    std::vector<int32_t> experts;
    std::vector<float>   sums;   // [n_kept][n_in]
    std::vector<float>   counts; // [n_kept]
    int64_t              width;
    ggml_type            type;
    std::string          output;
    int32_t              n_threads;
};

// One expert's matrix in single precision.
std::vector<float> expert_values(const expert_matrices & m, int64_t expert) {
    std::vector<char> bytes(ggml_row_size(m.type, m.n_in)*m.n_out);
    std::ifstream file(std::filesystem::u8path(m.path), std::ios::binary);
    file.seekg((std::streamoff) (m.offset + expert*(int64_t) bytes.size()));
    file.read(bytes.data(), (std::streamsize) bytes.size());
    if (!file) {
        throw std::runtime_error("cannot read " + m.path + ": it ends before its tensors do, or the disk has an error");
    }
    std::vector<float> values(m.n_in*m.n_out);
    const auto * traits = ggml_get_type_traits(m.type);
    if (m.type == GGML_TYPE_F32) {
        std::copy_n((const float *) bytes.data(), values.size(), values.data());
    } else if (traits->to_float) {
        traits->to_float(bytes.data(), values.data(), (int64_t) values.size());
    } else {
        throw std::runtime_error(std::string("llama.cpp cannot tell the values of type ") + ggml_type_name(m.type));
    }
    return values;
}

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

    std::mutex mutex;
    int64_t    n_done    = 0;
    const auto n_at_once = (int32_t) std::max<int64_t>(1, VALUES_AT_ONCE/(options.down.n_in*options.down.n_out));
    in_threads(n_kept, std::min(n_at_once, options.n_threads), [&](int64_t place) {
        control.check();
        const auto values = expert_values(options.down, options.experts[place]);
        const auto own    = strongest(values, options, place);
        const auto bytes  = columns(values, own, importance_of(own, options, place), options);
        std::copy(own.begin(), own.end(), neurons.begin() + place*options.width);
        const std::lock_guard<std::mutex> lock(mutex);
        out.seekp((std::streamoff) (place*(int64_t) bytes.size()));
        out.write((const char *) bytes.data(), (std::streamsize) bytes.size());
        if (!out.flush()) {
            throw std::runtime_error("cannot write " + options.output);
        }
        control.progress((double) ++n_done, (double) n_kept);
    });
    return neurons;
}

} // namespace

Napi::Value narrow_experts(const Napi::CallbackInfo & info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    narrow_options options;
    const auto down = given.Get("down").As<Napi::Object>();
    options.down = { option<std::string>(down, "path"), option<int64_t>(down, "offset"), tensor_type_by_name(option<std::string>(down, "type")),
                     option<int64_t>(down, "nIn"), option<int64_t>(down, "nOut") };
    options.experts   = numbers_of<int32_t>(given.Get("experts"));
    options.sums      = numbers_of<float>(given.Get("sums"));
    options.counts    = numbers_of<float>(given.Get("counts"));
    options.width     = option<int64_t>(given, "width");
    options.type      = tensor_type_by_name(option<std::string>(given, "toType"));
    options.output    = option<std::string>(given, "output");
    options.n_threads = option<int32_t>(given, "nThreads");
    if (options.counts.size() != options.experts.size() || (int64_t) options.sums.size() != (int64_t) options.experts.size()*options.down.n_in) {
        throw Napi::TypeError::New(info.Env(), "sums and counts must be those of the experts");
    }
    return async_task<std::vector<int32_t>>::start(info.Env(), given, given,
        [options](const task_control & control) { return narrow(options, control); },
        [](Napi::Env env, std::vector<int32_t> & neurons) -> Napi::Value {
            Napi::Object out = Napi::Object::New(env);
            out.Set("neurons", typed_array(env, neurons));
            return out;
        });
}
