#include "expert-weights.h"

#include "async-task.h"
#include "tensor-type.h"

#include "ggml.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

namespace {

// Reads count values in single precision, starting at the offset.
void read_values(const std::string & path, int64_t offset, ggml_type type, int64_t count, std::vector<char> & bytes, std::vector<float> & values) {
    const int64_t block = ggml_blck_size(type);
    if (count%block != 0) {
        throw std::runtime_error("cannot read " + path + ": a tensor is no whole number of blocks");
    }
    bytes.resize(count/block*ggml_type_size(type));
    std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
    file.seekg((std::streamoff) offset);
    file.read(bytes.data(), (std::streamsize) bytes.size());
    if (!file) {
        throw std::runtime_error("cannot read " + path + ": it ends before its tensors do, or the disk has an error");
    }
    values.resize(count);
    if (type == GGML_TYPE_F32) {
        std::copy_n((const float *) bytes.data(), count, values.data());
        return;
    }
    const auto * traits = ggml_get_type_traits(type);
    if (!traits->to_float) {
        throw std::runtime_error(std::string("llama.cpp cannot tell the values of type ") + ggml_type_name(type));
    }
    traits->to_float(bytes.data(), values.data(), count);
}

} // namespace

expert_matrix expert_matrix_of(const Napi::Object & given) {
    expert_matrix m;
    m.path   = given.Get("path").As<Napi::String>().Utf8Value();
    m.offset = given.Get("offset").As<Napi::Number>().Int64Value();
    m.type   = tensor_type_by_name(given.Get("type").As<Napi::String>().Utf8Value());
    m.n_in   = given.Get("nIn").As<Napi::Number>().Int64Value();
    m.n_out  = given.Get("nOut").As<Napi::Number>().Int64Value();
    const Napi::Value scales = given.Get("scales");
    if (scales.IsTypedArray()) {
        const auto factors = scales.As<Napi::Float32Array>();
        m.scales.assign(factors.Data(), factors.Data() + factors.ElementLength());
    }
    return m;
}

void read_expert(const expert_matrix & m, int64_t expert, std::vector<char> & bytes, std::vector<float> & values) {
    read_values(m.path, m.offset + expert*(int64_t) ggml_row_size(m.type, m.n_in)*m.n_out, m.type, m.n_in*m.n_out, bytes, values);
    if (!m.scales.empty()) {
        std::for_each(values.begin(), values.end(), [&](float & x) { x *= m.scales.at(expert); });
    }
}

namespace {

// The most values of an expert that cosines are computed from: with independent values, the standard error is below 0.003.
constexpr int64_t COMPARED_VALUES = 131072;

// The largest singular value counts as found once a step changes its square by less than this share.
constexpr double SPECTRAL_TOLERANCE = 1e-7;
constexpr int    SPECTRAL_STEPS     = 300;

struct matrix : expert_matrix {
    std::vector<int64_t> rows; // the rows whose values are compared
};

struct weights_options {
    std::vector<matrix> matrices;
    int64_t  n_expert;
    bool     similarity;
    bool     spectral;
    uint64_t seed;
    int32_t  n_threads;
};

struct weights_result {
    std::vector<double> squares;
    std::vector<double> spectral;
    std::vector<double> cosines;
};

uint64_t next_random(uint64_t & state) { // splitmix64
    uint64_t z = (state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30))*0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27))*0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

// The square of the largest singular value of w, [n_out][n_in], by power iteration on its Gram matrix.
double spectral_square(const std::vector<float> & w, int64_t n_in, int64_t n_out, uint64_t seed, const task_control & control) {
    std::vector<double> v(n_in);
    double norm = 0;
    for (double & x : v) {
        x = (double) (next_random(seed) >> 11)/(double) (1ull << 53) - 0.5;
        norm += x*x;
    }
    double last = 0;
    for (int step = 0; step < SPECTRAL_STEPS; ++step) {
        control.check();
        for (double & x : v) {
            x /= std::sqrt(norm);
        }
        std::vector<double> next(n_in, 0.0);
        double square = 0; // |w v|^2
        for (int64_t r = 0; r < n_out; ++r) {
            const float * row = w.data() + r*n_in;
            double dot = 0;
            for (int64_t c = 0; c < n_in; ++c) {
                dot += row[c]*v[c];
            }
            square += dot*dot;
            for (int64_t c = 0; c < n_in; ++c) {
                next[c] += dot*row[c];
            }
        }
        norm = 0;
        for (const double x : next) {
            norm += x*x;
        }
        if (norm == 0 || std::fabs(square - last) <= SPECTRAL_TOLERANCE*square) {
            return square;
        }
        last = square;
        v    = std::move(next);
    }
    return last;
}

// Chooses seeded rows of each matrix, the same for every expert, until enough values are compared.
void choose_rows(std::vector<matrix> & matrices, uint64_t seed) {
    int64_t n_values = 0;
    for (const auto & m : matrices) {
        n_values += m.n_in*m.n_out;
    }
    for (auto & m : matrices) {
        for (int64_t r = 0; r < m.n_out; ++r) {
            m.rows.push_back(r);
        }
        const int64_t n = std::max<int64_t>(1, m.n_out*COMPARED_VALUES/std::max<int64_t>(n_values, 1));
        if (n_values > COMPARED_VALUES && n < m.n_out) {
            for (int64_t i = 0; i < n; ++i) {
                std::swap(m.rows[i], m.rows[i + (int64_t) (next_random(seed)%(uint64_t) (m.n_out - i))]);
            }
            m.rows.resize(n);
        }
    }
}

weights_result measure(weights_options options, const task_control & control) {
    const int64_t n_expert = options.n_expert;
    weights_result result;
    result.squares .assign(options.matrices.size()*n_expert, 0.0);
    result.spectral.assign(options.spectral ? result.squares.size() : 0, 0.0);
    std::vector<std::vector<float>> compared(options.similarity ? n_expert : 0);
    if (options.similarity) {
        choose_rows(options.matrices, options.seed);
    }

    std::atomic<int64_t> next{0};
    std::exception_ptr   error;
    std::mutex           mutex;
    int64_t              n_done = 0;
    const auto work = [&] {
        std::vector<char>  bytes;
        std::vector<float> values;
        try {
            for (int64_t e; (e = next++) < n_expert;) {
                for (size_t m = 0; m < options.matrices.size(); ++m) {
                    control.check();
                    const matrix & of = options.matrices[m];
                    read_expert(of, e, bytes, values);
                    double & square = result.squares[m*n_expert + e];
                    for (const float x : values) {
                        square += (double) x*x;
                    }
                    if (options.spectral) {
                        result.spectral[m*n_expert + e] = spectral_square(values, of.n_in, of.n_out, options.seed, control);
                    }
                    if (options.similarity) {
                        for (const int64_t r : of.rows) {
                            compared[e].insert(compared[e].end(), values.begin() + r*of.n_in, values.begin() + (r + 1)*of.n_in);
                        }
                    }
                }
                const std::lock_guard<std::mutex> lock(mutex);
                control.progress((double) ++n_done, (double) n_expert);
            }
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            error = std::current_exception();
            next  = n_expert;
        }
    };
    std::vector<std::thread> threads;
    for (int32_t i = 1; i < options.n_threads; ++i) {
        threads.emplace_back(work);
    }
    work();
    for (auto & thread : threads) {
        thread.join();
    }
    if (error) {
        std::rethrow_exception(error);
    }

    if (options.similarity) {
        result.cosines.assign(n_expert*n_expert, 0.0);
        std::vector<double> norms(n_expert);
        for (int64_t i = 0; i < n_expert; ++i) {
            control.check();
            for (int64_t j = 0; j <= i; ++j) {
                double dot = 0;
                for (size_t at = 0; at < compared[i].size(); ++at) {
                    dot += (double) compared[i][at]*compared[j][at];
                }
                if (i == j) {
                    norms[i] = std::sqrt(dot);
                }
                result.cosines[i*n_expert + j] = dot;
            }
        }
        for (int64_t i = 0; i < n_expert; ++i) {
            for (int64_t j = 0; j <= i; ++j) {
                const double norm = norms[i]*norms[j];
                double & cosine = result.cosines[i*n_expert + j];
                cosine = norm > 0 ? cosine/norm : 0;
                result.cosines[j*n_expert + i] = cosine;
            }
        }
    }
    return result;
}

Napi::Float64Array doubles(Napi::Env env, const std::vector<double> & from) {
    auto out = Napi::Float64Array::New(env, from.size());
    std::copy(from.begin(), from.end(), out.Data());
    return out;
}

} // namespace

Napi::Value expert_weights(const Napi::CallbackInfo & info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    weights_options options;
    const auto list = given.Get("matrices").As<Napi::Array>();
    try {
        for (uint32_t i = 0; i < list.Length(); ++i) {
            options.matrices.push_back({ expert_matrix_of(list.Get(i).As<Napi::Object>()), {} });
        }
    } catch (const std::runtime_error & e) {
        throw Napi::Error::New(info.Env(), e.what());
    }
    options.n_expert   = given.Get("nExpert").As<Napi::Number>().Int64Value();
    options.similarity = given.Get("similarity").ToBoolean();
    options.spectral   = given.Get("spectral").ToBoolean();
    options.seed       = (uint64_t) given.Get("seed").As<Napi::Number>().Int64Value();
    options.n_threads  = given.Get("nThreads").As<Napi::Number>().Int32Value();
    return async_task<weights_result>::start(info.Env(), given, given,
        [options](const task_control & control) { return measure(options, control); },
        [](Napi::Env env, weights_result & result) -> Napi::Value {
            Napi::Object out = Napi::Object::New(env);
            out.Set("squares",  doubles(env, result.squares));
            out.Set("spectral", doubles(env, result.spectral));
            out.Set("cosines",  doubles(env, result.cosines));
            return out;
        });
}

Napi::Value read_tensor(const Napi::CallbackInfo & info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    std::vector<char>  bytes;
    std::vector<float> values;
    try {
        read_values(given.Get("path").As<Napi::String>().Utf8Value(), given.Get("offset").As<Napi::Number>().Int64Value(),
            tensor_type_by_name(given.Get("type").As<Napi::String>().Utf8Value()), given.Get("count").As<Napi::Number>().Int64Value(), bytes, values);
    } catch (const std::runtime_error & e) {
        throw Napi::Error::New(info.Env(), e.what());
    }
    auto out = Napi::Float32Array::New(info.Env(), values.size());
    std::copy(values.begin(), values.end(), out.Data());
    return out;
}
