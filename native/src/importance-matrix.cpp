#include "importance-matrix.h"

#include "ggml-cpp.h"
#include "ggml.h"
#include "gguf.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace {

constexpr const char * SUMS   = ".in_sum2";
constexpr const char * COUNTS = ".counts";

// The tensor's numbers; empty if it is missing or is not a list of single-precision numbers.
std::vector<float> floats_of(ggml_context * tensors, const std::string & name) {
    const ggml_tensor * tensor = ggml_get_tensor(tensors, name.c_str());
    if (!tensor || tensor->type != GGML_TYPE_F32) {
        return {};
    }
    const float * data = (const float *) tensor->data;
    return { data, data + ggml_nelements(tensor) };
}

// The form that llama-quantize needs: divided by each expert's tokens.
std::vector<float> means(std::vector<float> sums, const std::vector<float> & counts) {
    const size_t width = sums.size() / counts.size();
    for (size_t expert = 0; expert < counts.size(); ++expert) {
        const float count = (float) std::lround(counts[expert]);
        for (size_t i = expert * width; i < (expert + 1) * width; ++i) {
            sums[i] = count > 0.0f ? sums[i] / count : 1.0f;
        }
    }
    return sums;
}

} // namespace

importance_matrix read_importance_matrix(const std::string & path) {
    ggml_context * raw = nullptr;
    const gguf_context_ptr file(gguf_init_from_file(path.c_str(), { /*.no_alloc =*/ false, /*.ctx =*/ &raw }));
    const ggml_context_ptr tensors(raw);
    if (!file) {
        throw std::runtime_error(path + " is not a readable GGUF file");
    }

    importance_matrix out;
    const int64_t datasets = gguf_find_key(file.get(), "imatrix.datasets");
    if (datasets >= 0 && gguf_get_kv_type(file.get(), datasets) == GGUF_TYPE_ARRAY &&
        gguf_get_arr_type(file.get(), datasets) == GGUF_TYPE_STRING && gguf_get_arr_n(file.get(), datasets) > 0) {
        out.dataset = gguf_get_arr_str(file.get(), datasets, 0);
    }
    const int64_t chunks = gguf_find_key(file.get(), "imatrix.chunk_count");
    if (chunks >= 0 && gguf_get_kv_type(file.get(), chunks) == GGUF_TYPE_UINT32) {
        out.n_chunks = gguf_get_val_u32(file.get(), chunks);
    }

    for (int64_t i = 0; i < gguf_get_n_tensors(file.get()); ++i) {
        const std::string name = gguf_get_tensor_name(file.get(), i);
        const size_t stem = name.size() < strlen(SUMS) ? 0 : name.size() - strlen(SUMS);
        if (stem == 0 || name.compare(stem, std::string::npos, SUMS) != 0) {
            continue;
        }
        const std::string weight = name.substr(0, stem);
        std::vector<float>       sums   = floats_of(tensors.get(), name);
        const std::vector<float> counts = floats_of(tensors.get(), weight + COUNTS);
        if (sums.empty() || counts.empty() || sums.size() % counts.size() != 0) {
            throw std::runtime_error(path + " is no importance matrix that can be used: " + weight + " lacks sums or counts");
        }
        out.entries[weight] = means(std::move(sums), counts);
    }
    if (out.entries.empty()) {
        throw std::runtime_error(path + " is a GGUF file, but not an importance matrix");
    }
    return out;
}
