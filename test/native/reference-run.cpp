#include "reference-run.h"

#include "ggml-backend.h"

#include "../src/llama-ext.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

reference_options reference_options::parse(int argc, char ** argv) {
    reference_options options;
    std::vector<std::string> positional;

    for (int i = 1; i < argc; ++i) {
        const std::string arg = argv[i];
        if (arg.rfind("--", 0) != 0) {
            positional.push_back(arg);
            continue;
        }
        if (i + 1 == argc) {
            throw std::invalid_argument(arg + " lacks its value");
        }
        const std::string value = argv[++i];
        if (arg == "--ids") {
            options.ids = value;
        } else if (arg == "--ubatch") {
            options.n_ubatch = std::stoi(value);
        } else if (arg == "--threads") {
            options.n_threads = std::stoi(value);
        } else if (arg == "--kv" && (value == "f16" || value == "f32")) {
            options.kv_f32 = value == "f32";
        } else if (arg == "--prediction" && (value == "on" || value == "off")) {
            options.prediction = value == "on";
        } else {
            throw std::invalid_argument("unknown option " + arg + " " + value);
        }
    }
    if (positional.size() != 2) {
        throw std::invalid_argument(
            "usage: MODEL OUT --ids FILE [--ubatch N] [--threads N] [--kv f16|f32] [--prediction on|off]");
    }
    options.model = positional[0];
    options.out   = positional[1];
    if (options.n_ubatch < 1 || options.n_threads < 1) {
        throw std::invalid_argument("--ubatch and --threads must be at least 1");
    }
    return options;
}

static std::vector<llama_token> read_ids(const std::string & path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) {
        throw std::runtime_error("cannot open the token ids in " + path);
    }
    const std::streamsize n_bytes = file.tellg();
    if (n_bytes == 0 || n_bytes % sizeof(llama_token) != 0) {
        throw std::runtime_error(path + " does not hold int32 token ids");
    }
    std::vector<llama_token> ids(n_bytes / sizeof(llama_token));
    file.seekg(0);
    if (!file.read(reinterpret_cast<char *>(ids.data()), n_bytes)) {
        throw std::runtime_error("cannot read the token ids in " + path);
    }
    return ids;
}

reference_run::reference_run(const reference_options & options) : options(options) {
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level == GGML_LOG_LEVEL_ERROR) {
            fputs(text, stderr);
        }
    }, nullptr);
    ggml_backend_load_all();

    llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = 0;
    params.load_mtp     = options.prediction;
    // a GPU backend that is loaded would otherwise take part even with no layer offloaded
    ggml_backend_dev_t no_devices[] = { nullptr };
    params.devices = no_devices;

    model.reset(llama_model_load_from_file(options.model.c_str(), params));
    if (!model) {
        throw std::runtime_error("cannot load " + options.model);
    }
    arch_name = metadata("general.architecture");
    tokens    = read_ids(options.ids);

    for (const llama_token id : tokens) {
        if (id < 0 || id >= n_vocab()) {
            throw std::runtime_error("token id " + std::to_string(id) + " is outside the vocabulary of " +
                                     std::to_string(n_vocab()));
        }
    }
}

int32_t reference_run::create(int32_t n_ubatch, llama_context_type type, ggml_backend_sched_eval_callback cb_eval, void * user_data) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx             = n_tokens();
    params.n_batch           = n_ubatch;
    params.n_ubatch          = n_ubatch;
    params.n_threads         = options.n_threads;
    params.n_threads_batch   = options.n_threads;
    params.ctx_type          = type;
    params.cb_eval           = cb_eval;
    params.cb_eval_user_data = user_data;
    if (options.kv_f32) {
        params.type_k = params.type_v = GGML_TYPE_F32;
    }
    ctx.reset(llama_init_from_model(model.get(), params));
    if (!ctx) {
        throw std::runtime_error("cannot create a context for " + options.model);
    }
    if (!llama_get_memory(ctx.get()) && n_ubatch < n_tokens()) {
        return create(n_tokens(), type, cb_eval, user_data);
    }
    return n_ubatch;
}

void reference_run::walk(int32_t n_ubatch, std::vector<float> & before, const std::function<void(int32_t first, int32_t n_tokens)> & on_ubatch) {
    std::vector<llama_pos>      pos(n_ubatch);
    std::vector<int32_t>        n_seq_id(n_ubatch, 1);
    std::vector<int8_t>         wants_logits(n_ubatch, 1);
    llama_seq_id                sequence = 0;
    std::vector<llama_seq_id *> seq_id(n_ubatch, &sequence);

    for (int32_t first = 0; first < n_tokens(); first += n_ubatch) {
        const int32_t n = std::min(n_ubatch, n_tokens() - first);
        for (int32_t i = 0; i < n; ++i) {
            pos[i] = first + i;
        }
        llama_batch batch = {};
        batch.n_tokens = n;
        batch.token    = tokens.data() + first;
        batch.embd     = before.empty() ? nullptr : before.data() + (size_t) first*llama_model_n_embd_out(model.get());
        batch.pos      = pos.data();
        batch.n_seq_id = n_seq_id.data();
        batch.seq_id   = seq_id.data();
        batch.logits   = wants_logits.data();
        const int32_t status = llama_decode(ctx.get(), batch);
        if (status != 0) {
            throw std::runtime_error("llama_decode returned " + std::to_string(status) + " at token " +
                                     std::to_string(first));
        }
        on_ubatch(first, n);
    }
}

std::vector<float> reference_run::before_prediction() {
    const int32_t n_embd = llama_model_n_embd_out(model.get());
    const int32_t n_ubatch = create(std::min(options.n_ubatch, n_tokens()), LLAMA_CONTEXT_TYPE_DEFAULT, nullptr, nullptr);
    llama_set_embeddings_nextn(ctx.get(), true, /*masked*/ false);

    std::vector<float> before(n_embd, 0.0f);
    std::vector<float> none;
    walk(n_ubatch, none, [&](int32_t, int32_t n) {
        for (int32_t i = 0; i < n; ++i) {
            const float * row = llama_get_embeddings_nextn_ith(ctx.get(), i);
            before.insert(before.end(), row, row + n_embd);
        }
    });
    return before;
}

void reference_run::decode(ggml_backend_sched_eval_callback cb_eval, void * user_data,
                           const std::function<void(int32_t first, int32_t n_tokens)> & on_ubatch) {
    std::vector<float> before;
    if (options.prediction) {
        before = before_prediction();
    }
    const auto type = options.prediction ? LLAMA_CONTEXT_TYPE_MTP : LLAMA_CONTEXT_TYPE_DEFAULT;
    const int32_t n_ubatch = create(std::min(options.n_ubatch, n_tokens()), type, cb_eval, user_data);
    walk(n_ubatch, before, on_ubatch);
}

const float * reference_run::logits(int32_t i) const {
    const float * row = llama_get_logits_ith(ctx.get(), i);
    if (!row) {
        throw std::runtime_error(options.model + " gives no logits");
    }
    return row;
}

int32_t reference_run::n_vocab() const {
    return llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
}

int32_t reference_run::arch_int(const std::string & key) const {
    return std::stoi(metadata(arch_name + "." + key));
}

std::string reference_run::metadata(const std::string & key) const {
    char value[256];
    if (llama_model_meta_val_str(model.get(), key.c_str(), value, sizeof(value)) < 0) {
        throw std::runtime_error(options.model + " has no key " + key);
    }
    return value;
}
