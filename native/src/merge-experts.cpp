#include "merge-experts.h"

#include "async-task.h"
#include "expert-weights.h"
#include "tensor-type.h"

#include "ggml.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace {

enum class units_in { rows, columns, none };

struct merged_matrix : expert_matrix {
    units_in units;
};

struct merge_options {
    std::vector<merged_matrix> matrices;
    std::vector<int64_t> experts; // the others join the first
    std::vector<double>  weights;
    int64_t              n_units;
};

using expert_values = std::vector<std::vector<float>>; // by matrix

expert_values read_matrices(const merge_options & options, int64_t expert) {
    expert_values found(options.matrices.size());
    std::vector<char> bytes;
    for (size_t i = 0; i < found.size(); ++i) {
        read_expert(options.matrices[i], expert, bytes, found[i]);
    }
    return found;
}

// Visits the elements of a unit.
template <typename Visit>
void each_of_unit(const merged_matrix & m, int64_t n_units, int64_t u, const Visit & visit) {
    if (m.units == units_in::rows) {
        for (int64_t set = 0; set < m.n_out/n_units; ++set) {
            for (int64_t c = 0; c < m.n_in; ++c) {
                visit((set*n_units + u)*m.n_in + c);
            }
        }
    } else if (m.units == units_in::columns) {
        for (int64_t r = 0; r < m.n_out; ++r) {
            visit(r*m.n_in + u);
        }
    }
}

// All elements of each unit, one unit after the other.
std::vector<float> by_unit(const merge_options & options, const expert_values & w) {
    std::vector<float> out;
    for (int64_t u = 0; u < options.n_units; ++u) {
        for (size_t i = 0; i < w.size(); ++i) {
            each_of_unit(options.matrices[i], options.n_units, u, [&](int64_t at) { out.push_back(w[i][at]); });
        }
    }
    return out;
}

// Which column each row takes so that the sum of the costs is smallest: the Hungarian method by shortest augmenting paths, O(n^3).
std::vector<int64_t> least_cost(const std::vector<double> & cost, int64_t n, const task_control & control) {
    constexpr double INF = std::numeric_limits<double>::infinity();
    std::vector<double>  row_price(n + 1, 0), column_price(n + 1, 0);
    std::vector<int64_t> row_of(n + 1, 0), came_from(n + 1, 0); // of columns, from 1; 0: none
    for (int64_t row = 1; row <= n; ++row) {
        control.check();
        row_of[0] = row;
        int64_t column = 0;
        std::vector<double> least(n + 1, INF);
        std::vector<char>   used(n + 1, 0);
        do {
            used[column] = 1;
            const int64_t from = row_of[column];
            double  step = INF;
            int64_t next = 0;
            for (int64_t j = 1; j <= n; ++j) {
                if (used[j]) {
                    continue;
                }
                const double reduced = cost[(from - 1)*n + j - 1] - row_price[from] - column_price[j];
                if (reduced < least[j]) {
                    least[j]     = reduced;
                    came_from[j] = column;
                }
                if (least[j] < step) {
                    step = least[j];
                    next = j;
                }
            }
            for (int64_t j = 0; j <= n; ++j) {
                if (used[j]) {
                    row_price[row_of[j]] += step;
                    column_price[j]      -= step;
                } else {
                    least[j] -= step;
                }
            }
            column = next;
        } while (row_of[column] != 0);
        while (column != 0) {
            row_of[column] = row_of[came_from[column]];
            column = came_from[column];
        }
    }
    std::vector<int64_t> column_of(n);
    for (int64_t j = 1; j <= n; ++j) {
        column_of[row_of[j] - 1] = j - 1;
    }
    return column_of;
}

// For each unit of the first expert, the unit of the other that is paired with it: the sum of their products is the largest.
std::vector<int64_t> units_beside(const std::vector<float> & first, const std::vector<float> & other, int64_t n, const task_control & control) {
    const int64_t width = (int64_t) first.size()/n;
    std::vector<float> across(other.size()); // [width][n]
    for (int64_t j = 0; j < n; ++j) {
        for (int64_t k = 0; k < width; ++k) {
            across[k*n + j] = other[j*width + k];
        }
    }
    std::vector<double> cost(n*n);
    std::vector<float>  dots(n);
    for (int64_t i = 0; i < n; ++i) {
        control.check();
        std::fill(dots.begin(), dots.end(), 0.0f);
        for (int64_t k = 0; k < width; ++k) {
            const float x = first[i*width + k];
            for (int64_t j = 0; j < n; ++j) {
                dots[j] += x*across[k*n + j];
            }
        }
        std::transform(dots.begin(), dots.end(), cost.begin() + i*n, [](float dot) { return -(double) dot; });
    }
    return least_cost(cost, n, control);
}

std::vector<uint8_t> bytes_in_type(const std::vector<float> & w, const merged_matrix & m) {
    std::vector<uint8_t> out(ggml_row_size(m.type, m.n_in)*m.n_out);
    if (m.type != GGML_TYPE_F32 && (ggml_quantize_requires_imatrix(m.type) || !ggml_get_type_traits(m.type)->from_float_ref)) {
        throw std::runtime_error(std::string("llama.cpp writes no type ") + ggml_type_name(m.type) + " without an importance matrix");
    }
    ggml_quantize_chunk(m.type, w.data(), out.data(), 0, m.n_out, m.n_in, nullptr);
    return out;
}

std::vector<std::vector<uint8_t>> merged_bytes(const merge_options & options, const task_control & control) {
    for (const auto & m : options.matrices) {
        const bool fits = m.units == units_in::rows ? m.n_out%options.n_units == 0 : m.units == units_in::none || m.n_in == options.n_units;
        if (!fits) {
            throw std::runtime_error("the matrices of an expert do not have the same hidden units");
        }
    }
    const int64_t first = options.experts.at(0);
    const expert_values w0   = read_matrices(options, first);
    const auto    units = by_unit(options, w0);
    std::vector<std::vector<double>> sums;
    for (const auto & w : w0) {
        sums.emplace_back(w.begin(), w.end());
        for (double & x : sums.back()) {
            x *= options.weights.at(0);
        }
    }
    for (size_t e = 1; e < options.experts.size(); ++e) {
        const expert_values w = read_matrices(options, options.experts[e]);
        const auto other = by_unit(options, w);
        const auto beside = units_beside(units, other, options.n_units, control);
        const int64_t width = (int64_t) other.size()/options.n_units;
        for (int64_t u = 0; u < options.n_units; ++u) {
            const float * from = other.data() + beside[u]*width;
            for (size_t i = 0; i < w.size(); ++i) {
                each_of_unit(options.matrices[i], options.n_units, u, [&](int64_t at) { sums[i][at] += options.weights.at(e)*(double) *from++; });
            }
        }
        for (size_t i = 0; i < w.size(); ++i) {
            if (options.matrices[i].units == units_in::none) {
                for (size_t at = 0; at < w[i].size(); ++at) {
                    sums[i][at] += options.weights.at(e)*(double) w[i][at];
                }
            }
        }
        control.progress((double) e, (double) (options.experts.size() - 1));
    }
    std::vector<std::vector<uint8_t>> out;
    for (size_t i = 0; i < sums.size(); ++i) {
        const auto & m = options.matrices[i];
        const double scale = m.scales.empty() ? 1.0 : (double) m.scales.at(first);
        std::vector<float> w(sums[i].size());
        for (size_t at = 0; at < w.size(); ++at) {
            w[at] = (float) (scale == 0 ? 0 : sums[i][at]/scale);
        }
        out.push_back(bytes_in_type(w, m));
    }
    return out;
}

units_in units_by_name(const std::string & name) {
    return name == "rows" ? units_in::rows : name == "columns" ? units_in::columns : units_in::none;
}

} // namespace

Napi::Value merge_experts(const Napi::CallbackInfo & info) {
    const Napi::Object given = info[0].As<Napi::Object>();
    merge_options options;
    const auto list = given.Get("matrices").As<Napi::Array>();
    try {
        for (uint32_t i = 0; i < list.Length(); ++i) {
            const Napi::Object item = list.Get(i).As<Napi::Object>();
            options.matrices.push_back({ expert_matrix_of(item), units_by_name(item.Get("units").As<Napi::String>().Utf8Value()) });
        }
    } catch (const std::runtime_error & e) {
        throw Napi::Error::New(info.Env(), e.what());
    }
    const auto experts = given.Get("experts").As<Napi::Int32Array>();
    options.experts.assign(experts.Data(), experts.Data() + experts.ElementLength());
    const auto weights = given.Get("weights").As<Napi::Float64Array>();
    options.weights.assign(weights.Data(), weights.Data() + weights.ElementLength());
    options.n_units = given.Get("nUnits").As<Napi::Number>().Int64Value();
    using result = std::vector<std::vector<uint8_t>>;
    return async_task<result>::start(info.Env(), given, given,
        [options](const task_control & control) { return merged_bytes(options, control); },
        [](Napi::Env env, result & merged) -> Napi::Value {
            Napi::Array out = Napi::Array::New(env, merged.size());
            for (size_t i = 0; i < merged.size(); ++i) {
                auto bytes = Napi::Uint8Array::New(env, merged[i].size());
                std::copy(merged[i].begin(), merged[i].end(), bytes.Data());
                out.Set((uint32_t) i, bytes);
            }
            return out;
        });
}
