#include "quantise.h"

#include "async-task.h"
#include "importance-matrix.h"
#include "napi-values.h"
#include "tensor-type.h"

#include "llama-quantise.h"

#include "ggml.h"
#include "llama.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct byte_range {
    uint64_t offset;
    uint64_t length;
};

struct tensor_source {
    std::string             name;
    std::string             path;
    std::vector<byte_range> ranges; // in order
    uint64_t                bytes; // of all ranges
};

struct type_rule {
    std::string pattern;
    ggml_type   type;
};

struct quantise_options {
    std::string            input;
    std::string            output; // empty: a dry run
    llama_ftype            file_type;
    ggml_type              output_type;
    ggml_type              embedding_type;
    std::vector<type_rule> rules;
    bool                   allow_requantize;
    std::string            imatrix; // empty: none
    std::string            imatrix_name;
    int                    n_threads;
    size_t                 buffer_bytes;
    // where each tensor's bytes are; the tensors in the order in which llama.cpp is likely to read them
    std::vector<tensor_source> sources;
};

ggml_type type_option(const Napi::Object & options, const char * name) {
    const auto type = option<std::string>(options, name);
    return type.empty() ? GGML_TYPE_COUNT : tensor_type_by_name(type);
}

tensor_source source_of(const Napi::Value & value) {
    const auto tensor = value.As<Napi::Object>();
    const auto ranges = numbers_of<double>(tensor.Get("ranges")); // offset, length, offset, …
    tensor_source source = { option<std::string>(tensor, "name"), option<std::string>(tensor, "path"), {}, 0 };
    for (size_t r = 0; r + 1 < ranges.size(); r += 2) {
        source.ranges.push_back({ (uint64_t) ranges[r], (uint64_t) ranges[r + 1] });
        source.bytes += source.ranges.back().length;
    }
    return source;
}

type_rule rule_of(const Napi::Value & value) {
    const auto rule = value.As<Napi::Object>();
    return { option<std::string>(rule, "pattern"), type_option(rule, "type") };
}

quantise_options read_options(const Napi::Object & options) {
    quantise_options out;
    out.input            = option<std::string>(options, "input");
    out.output           = option<std::string>(options, "output");
    out.file_type        = (llama_ftype) option<int>(options, "fileType");
    out.output_type      = type_option(options, "outputType");
    out.embedding_type   = type_option(options, "embeddingType");
    out.allow_requantize = option<bool>(options, "allowRequantize");
    out.imatrix          = option<std::string>(options, "imatrix");
    out.imatrix_name     = option<std::string>(options, "imatrixName");
    out.n_threads        = option<int>(options, "nThreads");
    out.buffer_bytes     = option<size_t>(options, "bufferBytes");
    out.rules            = list_of(options.Get("rules"), rule_of);
    out.sources          = list_of(options.Get("sources"), source_of);
    return out;
}

// Gives llama.cpp the bytes of tensors that are in pieces in other files. Meanwhile reads what it is likely to ask for next.
class source_reader {
public:
    explicit source_reader(const std::vector<tensor_source> & sources) : sources(sources) {
        for (size_t i = 0; i < sources.size(); ++i) {
            by_name.emplace(sources[i].name, i);
        }
    }

    uint64_t total() const {
        uint64_t sum = 0;
        for (const tensor_source & source : sources) {
            sum += source.bytes;
        }
        return sum;
    }

    // The bytes stay valid until the next call.
    const void * read(const char * tensor, size_t offset, size_t size) {
        const auto found = by_name.find(tensor);
        if (found == by_name.end()) {
            throw std::runtime_error(std::string("no bytes are named for tensor ") + tensor);
        }
        if (sources[found->second].bytes < offset + size) {
            throw std::runtime_error(std::string("tensor ") + tensor + " has fewer bytes than its header says");
        }
        if (reading.valid()) {
            reading.get();
        }
        std::swap(current, ahead);
        if (current.tensor != found->second || current.offset != offset) {
            current.tensor = found->second;
            current.offset = offset;
            current.size   = 0;
        }
        fill(current, size);
        read_ahead(size);
        return current.bytes.data();
    }

private:
    struct piece {
        size_t            tensor = SIZE_MAX;
        size_t            offset = 0; // within the tensor
        size_t            size   = 0; // bytes of it that are loaded
        std::vector<char> bytes;
    };

    // Reads what follows the current piece, and the same amount.
    void read_ahead(size_t size) {
        ahead.tensor = current.tensor;
        ahead.offset = current.offset + size;
        ahead.size   = 0;
        if (ahead.offset >= sources[ahead.tensor].bytes) {
            ++ahead.tensor;
            ahead.offset = 0;
        }
        if (ahead.tensor < sources.size()) {
            const size_t rest = sources[ahead.tensor].bytes - ahead.offset;
            reading = std::async(std::launch::async, [this, wanted = std::min(size, rest)] { fill(ahead, wanted); });
        }
    }

    // Reads what a piece lacks to have this many bytes.
    void fill(piece & into, size_t size) {
        if (into.bytes.size() < size) {
            into.bytes.resize(size);
        }
        const tensor_source & source = sources[into.tensor];
        uint64_t start = 0; // of the range, within the tensor
        for (const byte_range & range : source.ranges) {
            const uint64_t from = std::max<uint64_t>(start, into.offset + into.size);
            const uint64_t end  = std::min<uint64_t>(start + range.length, into.offset + size);
            if (from < end) {
                read_file(source.path, range.offset + (from - start), into.bytes.data() + into.size, end - from);
                into.size += end - from;
            }
            start += range.length;
        }
    }

    void read_file(const std::string & path, uint64_t offset, char * to, size_t size) {
        if (path != open_path || !file.is_open()) {
            file.close();
            file.clear();
            file.open(std::filesystem::u8path(path), std::ios::binary);
            open_path = path;
        }
        file.seekg((std::streamoff) offset);
        file.read(to, (std::streamsize) size);
        if (!file) {
            throw std::runtime_error("cannot read " + path + ": it ends before its tensors do, or the disk has an error");
        }
    }

    const std::vector<tensor_source> & sources;
    std::map<std::string, size_t>      by_name;
    std::ifstream                      file;
    std::string                        open_path;
    piece                              current;
    piece                              ahead;
    std::future<void>                  reading; // into `ahead`; its end is awaited before either is accessed
};

struct found_tensor {
    std::string name;
    std::string source_type;
    std::string type;
    size_t      bytes;
    bool        lacks_imatrix;
};

struct quantised {
    std::vector<found_tensor> tensors;
    size_t                    header_bytes = 0;
};

// What llama.cpp logs last before it gives up, while such an object exists; everything still goes to the previous log as well.
class failure_log {
public:
    failure_log() {
        llama_log_get(&before, &before_data);
        llama_log_set(keep, this);
    }
    ~failure_log() { llama_log_set(before, before_data); }
    failure_log(const failure_log &) = delete;
    failure_log & operator=(const failure_log &) = delete;

    std::string reason() const {
        const size_t colon = text.find("failed to quantize: ");
        const std::string said = colon == std::string::npos ? text : text.substr(colon + strlen("failed to quantize: "));
        return said.substr(0, said.find_last_not_of("\n") + 1);
    }

private:
    static void keep(ggml_log_level level, const char * line, void * self) {
        auto & log = *(failure_log *) self;
        if (level == GGML_LOG_LEVEL_ERROR) {
            log.text = line;
        }
        if (log.before) {
            log.before(level, line, log.before_data);
        }
    }

    ggml_log_callback before = nullptr;
    void *            before_data = nullptr;
    std::string       text;
};

llama_model_kv_override override_of(const char * key, llama_model_kv_override_type type) {
    llama_model_kv_override out{};
    strncpy(out.key, key, sizeof(out.key) - 1);
    out.tag = type;
    return out;
}

llama_model_kv_override text_override(const char * key, const std::string & value) {
    auto out = override_of(key, LLAMA_KV_OVERRIDE_TYPE_STR);
    strncpy(out.val_str, value.c_str(), sizeof(out.val_str) - 1);
    return out;
}

llama_model_kv_override count_override(const char * key, int64_t value) {
    auto out = override_of(key, LLAMA_KV_OVERRIDE_TYPE_INT);
    out.val_i64 = value;
    return out;
}

// The keys that llama-quantize writes about an importance matrix.
std::vector<llama_model_kv_override> imatrix_keys(const importance_matrix & imatrix, const std::string & name) {
    std::vector<llama_model_kv_override> keys = { text_override("quantize.imatrix.file", name) };
    if (!imatrix.dataset.empty()) {
        keys.push_back(text_override("quantize.imatrix.dataset", imatrix.dataset));
    }
    keys.push_back(count_override("quantize.imatrix.entries_count", (int64_t) imatrix.entries.size()));
    if (imatrix.n_chunks > 0) {
        keys.push_back(count_override("quantize.imatrix.chunks_count", imatrix.n_chunks));
    }
    keys.emplace_back(); // an empty key ends the list
    return keys;
}

quantised run(const quantise_options & options, const task_control & control) {
    llama_model_quantize_params params = llama_model_quantize_default_params();
    params.nthread              = options.n_threads;
    params.ftype                = options.file_type;
    params.output_tensor_type   = options.output_type;
    params.token_embedding_type = options.embedding_type;
    params.allow_requantize     = options.allow_requantize;
    params.dry_run              = options.output.empty();
    params.max_buf_size         = options.buffer_bytes;

    importance_matrix                     imatrix;
    std::vector<llama_model_imatrix_data> imatrix_data;
    std::vector<llama_model_kv_override>  keys;
    if (!options.imatrix.empty()) {
        imatrix = read_importance_matrix(options.imatrix);
        for (const auto & entry : imatrix.entries) {
            imatrix_data.push_back({ entry.first.c_str(), entry.second.data(), entry.second.size() });
        }
        imatrix_data.push_back({ nullptr, nullptr, 0 });
        keys = imatrix_keys(imatrix, options.imatrix_name);
        params.imatrix      = imatrix_data.data();
        params.kv_overrides = keys.data();
    }
    std::vector<llama_model_tensor_override> overrides;
    if (!options.rules.empty()) {
        for (const type_rule & rule : options.rules) {
            overrides.push_back({ rule.pattern.c_str(), rule.type });
        }
        overrides.push_back({ nullptr, GGML_TYPE_COUNT });
        params.tt_overrides = overrides.data();
    }

    quantised     out;
    source_reader reader(options.sources);
    const double  total     = (double) reader.total();
    double        done      = 0;
    bool          cancelled = false;
    const llama_quantise_io io = {
        /*.read =*/ [&](const char * tensor, size_t offset, size_t size) {
            if (control.cancelled()) {
                cancelled = true;
                throw cancelled_error();
            }
            const void * bytes = reader.read(tensor, offset, size);
            control.progress(done += (double) size, total);
            return bytes;
        },
        /*.on_tensor =*/ [&](const llama_quantise_tensor & tensor) {
            const bool lacks = tensor.requires_imatrix && imatrix.entries.count(tensor.name) == 0;
            out.tensors.push_back({ tensor.name, ggml_type_name(tensor.source_type),
                                    ggml_type_name(tensor.type), tensor.bytes, lacks });
        },
        /*.on_header =*/ [&](uint16_t, size_t bytes) { out.header_bytes = bytes; },
    };

    failure_log log;
    llama_quantise_set_io(&io);
    const uint32_t status = llama_model_quantize(options.input.c_str(), options.output.c_str(), &params);
    llama_quantise_set_io(nullptr);
    if (cancelled) {
        throw cancelled_error();
    }
    if (status != 0) {
        throw std::runtime_error("llama.cpp does not quantise it: " + log.reason());
    }
    return out;
}

Napi::Value to_value(Napi::Env env, const quantised & result) {
    Napi::Object out = Napi::Object::New(env);
    out.Set("tensors", list_from(env, result.tensors, [&](const found_tensor & found) {
        Napi::Object tensor = Napi::Object::New(env);
        tensor.Set("name",         found.name);
        tensor.Set("sourceType",   found.source_type);
        tensor.Set("type",         found.type);
        tensor.Set("bytes",        (double) found.bytes);
        tensor.Set("lacksImatrix", found.lacks_imatrix);
        return tensor;
    }));
    out.Set("headerBytes", (double) result.header_bytes);
    return out;
}

} // namespace

Napi::Value quantise(const Napi::CallbackInfo & info) {
    const auto given = info[0].As<Napi::Object>();
    const quantise_options options = read_options(given);
    return async_task<quantised>::start(
        info.Env(), given, given,
        [options](const task_control & control) { return run(options, control); },
        [](Napi::Env env, quantised & result) { return to_value(env, result); });
}
