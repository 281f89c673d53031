#include "model.h"

#include "async-task.h"
#include "batch.h"
#include "down-watch.h"
#include "expert-sums.h"
#include "generate.h"
#include "napi-values.h"
#include "perplexity.h"
#include "weight-pager.h"

#include "ggml-backend.h"
#include "llama-ext.h"
#include "llama-model.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr const char * EXPERT_TENSORS = "\\.ffn_(up|down|gate|gate_up)_(ch|)exps";

// The names of the routed experts' tensors in the given blocks, as one pattern.
std::string expert_tensors_of(const std::vector<int32_t> & blocks) {
    std::string pattern;
    for (const int32_t il : blocks) {
        pattern += (pattern.empty() ? "^blk\\.(" : "|") + std::to_string(il);
    }
    return pattern + ")" + EXPERT_TENSORS;
}

// All sums one after the other.
Napi::Float64Array sums_array(Napi::Env env, const expert_sums & sums) {
    auto out = Napi::Float64Array::New(env, SUM_TYPES*sums[SUM_COUNT].size());
    auto * dst = out.Data();
    for (const auto & sum : sums) {
        dst = std::copy(sum.begin(), sum.end(), dst);
    }
    return out;
}

// What a pass has added up, once the last sums are complete. It does not need the model any more.
Napi::Promise scored_sequences(Napi::Env env, const std::shared_ptr<expert_scorer> & scorer) {
    const Napi::Object none = Napi::Object::New(env);
    return async_task<std::vector<sequence_scores>>::start(env, none, none,
        [scorer](const task_control &) { return scorer->take(); },
        [](Napi::Env env, std::vector<sequence_scores> & sequences) -> Napi::Value {
            return list_from(env, sequences, [&](const sequence_scores & seq) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("sums",    sums_array(env, seq.sums));
                item.Set("maxNorm", typed_array(env, seq.max_norm));
                return item;
            });
        });
}

// Number of blocks, including next-token-prediction blocks.
int32_t n_blocks(const llama_model * model) {
    return llama_model_n_layer(model) + llama_model_n_layer_nextn(model);
}

struct load_options {
    std::vector<std::string> parts;
    std::vector<std::string> devices;
    int32_t n_gpu_layers;
    std::vector<float>   device_layers;
    std::vector<int32_t> cpu_expert_blocks;
    std::string repack; // all, others (all but the routed experts), none
    bool    vocab_only;
    bool    headers_only;
    bool    prediction; // includes next-token-prediction blocks
    std::string active_experts_key; // empty: as the file says
    int32_t     active_experts;
};

llama_model_ptr load_model(const load_options & options, const task_control & control) {
    llama_model_params params = llama_model_default_params();

    std::vector<ggml_backend_dev_t> devices;
    for (const auto & name : options.devices) {
        ggml_backend_dev_t device = ggml_backend_dev_by_name(name.c_str());
        if (!device) {
            throw std::runtime_error("no such device: " + name);
        }
        devices.push_back(device);
    }
    devices.push_back(nullptr);

    const std::string cpu_experts = expert_tensors_of(options.cpu_expert_blocks);
    const llama_model_tensor_buft_override overrides[] = {
        { cpu_experts.c_str(), ggml_backend_cpu_buffer_type() },
        { nullptr, nullptr },
    };

    params.devices      = devices.data();
    params.n_gpu_layers = options.n_gpu_layers;
    params.vocab_only   = options.vocab_only;
    params.no_alloc     = options.headers_only;
    params.load_mtp     = options.prediction;
    params.stay_mapped  = options.repack != "all";
    params.load_mode    = !options.headers_only ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
    std::vector<float> split = options.device_layers;
    split.resize(std::max(split.size(), llama_max_devices()));
    params.tensor_split    = options.device_layers.empty() ? nullptr : split.data();
    params.use_extra_bufts = options.repack != "none";
    if (!options.cpu_expert_blocks.empty()) {
        params.tensor_buft_overrides = overrides;
    }
    params.progress_callback_user_data = (void *) &control;
    params.progress_callback = [](float progress, void * user_data) {
        const auto & control = *(const task_control *) user_data;
        control.progress(progress, 1.0);
        return !control.cancelled();
    };

    llama_model_kv_override kv_overrides[2] = {};
    if (!options.active_experts_key.empty()) {
        if (options.active_experts_key.size() >= sizeof(kv_overrides[0].key)) {
            throw std::runtime_error("the key " + options.active_experts_key + " is too long");
        }
        kv_overrides[0].tag     = LLAMA_KV_OVERRIDE_TYPE_INT;
        kv_overrides[0].val_i64 = options.active_experts;
        options.active_experts_key.copy(kv_overrides[0].key, sizeof(kv_overrides[0].key) - 1);
        params.kv_overrides = kv_overrides;
    }

    std::vector<const char *> paths;
    for (const auto & part : options.parts) {
        paths.push_back(part.c_str());
    }
    llama_model_ptr model(paths.size() == 1 ?
        llama_model_load_from_file(paths[0], params) :
        llama_model_load_from_splits(paths.data(), paths.size(), params));
    control.check();
    if (!model) {
        throw std::runtime_error("llama.cpp cannot load the model");
    }
    return model;
}

} // namespace

Napi::Function Model::define(Napi::Env env) {
    return DefineClass(env, "Model", {
        InstanceMethod<&Model::describe>      ("describe"),
        InstanceMethod<&Model::tokenize>      ("tokenize"),
        InstanceMethod<&Model::token_pieces>  ("tokenPieces"),
        InstanceMethod<&Model::set_mask>      ("setMask"),
        InstanceMethod<&Model::score>         ("score"),
        InstanceMethod<&Model::importance>    ("importance"),
        InstanceMethod<&Model::set_importance>("setImportance"),
        InstanceMethod<&Model::record_streams>("recordStreams"),
        InstanceMethod<&Model::fit_down>      ("fitDown"),
        InstanceMethod<&Model::set_down>      ("setDown"),
        InstanceMethod<&Model::perplexity>    ("perplexity"),
        InstanceMethod<&Model::logits>        ("logits"),
        InstanceMethod<&Model::generate>      ("generate"),
        InstanceMethod<&Model::scoring_memory>("scoringMemory"),
        InstanceMethod<&Model::tensor_places> ("tensorPlaces"),
        InstanceMethod<&Model::free>          ("free"),
    });
}

Model::Model(const Napi::CallbackInfo & info) : Napi::ObjectWrap<Model>(info) {
    if (info.Length() == 2 && info[0].IsExternal()) {
        model.reset(info[0].As<Napi::External<llama_model>>().Data());
        has_prediction = info[1].ToBoolean();
    }
}

Napi::Value Model::load(const Napi::CallbackInfo & info) {
    const Napi::Object options = info[0].As<Napi::Object>();

    load_options load;
    load.parts             = texts_of(options.Get("parts"));
    load.devices           = texts_of(options.Get("devices"));
    load.n_gpu_layers      = option<int32_t>(options, "gpuLayers");
    load.device_layers     = list_of(options.Get("deviceLayers"), value_of<float>);
    load.cpu_expert_blocks = list_of(options.Get("cpuExpertBlocks"), value_of<int32_t>);
    load.repack            = option<std::string>(options, "repack");
    load.vocab_only        = option<bool>(options, "vocabOnly");
    const Napi::Value active = options.Get("activeExperts");
    if (active.IsObject()) {
        load.active_experts_key = option<std::string>(active.As<Napi::Object>(), "key");
        load.active_experts     = option<int32_t>(active.As<Napi::Object>(), "count", 0);
    }
    load.headers_only = option<bool>(options, "headersOnly");
    load.prediction   = option<bool>(options, "prediction");

    auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(info.This().As<Napi::Object>().Get("Model").As<Napi::Function>()));

    return async_task<llama_model_ptr>::start(info.Env(), options, options,
        [load](const task_control & control) { return load_model(load, control); },
        [constructor, prediction = load.prediction](Napi::Env env, llama_model_ptr & loaded) -> Napi::Value {
            return constructor->New({ Napi::External<llama_model>::New(env, loaded.release()), Napi::Boolean::New(env, prediction) });
        });
}

llama_model * Model::require_model(Napi::Env env) const {
    if (!model) {
        throw Napi::Error::New(env, "the model was freed");
    }
    return model.get();
}

Napi::Value Model::free(const Napi::CallbackInfo & info) {
    drop_contexts();
    model.reset();
    down_files.clear();
    return info.Env().Undefined();
}

Napi::Value Model::describe(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_model * m = require_model(env);
    const llama_vocab * vocab = llama_model_get_vocab(m);

    const auto text_or_null = [&](llama_token token) -> Napi::Value {
        return token == LLAMA_TOKEN_NULL ? env.Null() : Napi::String::New(env, llama_vocab_get_text(vocab, token)).As<Napi::Value>();
    };
    const char * chat_template = llama_model_chat_template(m, nullptr);

    Napi::Object out = Napi::Object::New(env);
    out.Set("nVocab",       llama_vocab_n_tokens(vocab));
    out.Set("nLayers",      n_blocks(m));
    out.Set("nExpert",      llama_moe_n_expert(m));
    out.Set("addBos",       llama_vocab_get_add_bos(vocab));
    out.Set("bosToken",     text_or_null(llama_vocab_bos(vocab)));
    out.Set("eosToken",     text_or_null(llama_vocab_eos(vocab)));
    out.Set("chatTemplate", chat_template ? Napi::String::New(env, chat_template).As<Napi::Value>() : env.Null());
    out.Set("hasVocab",     llama_vocab_type(vocab) != LLAMA_VOCAB_TYPE_NONE);
    // sequences of such models cannot share a cache, so each is scored alone
    out.Set("isRecurrent",  llama_model_is_recurrent(m) || llama_model_is_hybrid(m));
    return out;
}

Napi::Value Model::tokenize(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_vocab * vocab = llama_model_get_vocab(require_model(env));
    const std::string text = info[0].As<Napi::String>().Utf8Value();
    const bool add_special   = info[1].ToBoolean();
    const bool parse_special = info[2].ToBoolean();

    std::vector<llama_token> tokens(text.size() + 2);
    const int32_t n = llama_tokenize(vocab, text.data(), (int32_t) text.size(), tokens.data(), (int32_t) tokens.size(), add_special, parse_special);
    if (n < 0) {
        throw Napi::Error::New(env, "the text has too many tokens");
    }
    tokens.resize(n);
    return typed_array(env, tokens);
}

// tokenPieces(tokens: Int32Array): { bytes: Uint8Array, ends: Int32Array }
// Returns the concatenated bytes of all tokens, special tokens written out, and where the bytes of each token end.
Napi::Value Model::token_pieces(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_vocab * vocab = llama_model_get_vocab(require_model(env));
    std::vector<uint8_t> bytes;
    std::vector<int32_t> ends;
    std::vector<char>    piece(64);
    for (const llama_token token : numbers_of<llama_token>(info[0])) {
        if (token < 0 || token >= llama_vocab_n_tokens(vocab)) {
            throw Napi::RangeError::New(env, "the vocabulary has no token " + std::to_string(token));
        }
        int32_t n = llama_token_to_piece(vocab, token, piece.data(), (int32_t) piece.size(), 0, true);
        if (n < 0) {
            piece.resize(-n);
            n = llama_token_to_piece(vocab, token, piece.data(), (int32_t) piece.size(), 0, true);
        }
        bytes.insert(bytes.end(), piece.begin(), piece.begin() + n);
        ends.push_back((int32_t) bytes.size());
    }
    Napi::Object out = Napi::Object::New(env);
    out.Set("bytes", typed_array(env, bytes));
    out.Set("ends",  typed_array(env, ends));
    return out;
}

// setMask(mask: Uint8Array [nLayers * nExpert] | null, ungrouped: boolean)
Napi::Value Model::set_mask(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const llama_model * m = require_model(env);
    std::vector<uint8_t> next;
    if (info[0].IsTypedArray()) {
        next = numbers_of<uint8_t>(info[0]);
        if (next.size() != (size_t) n_blocks(m)*llama_moe_n_expert(m)) {
            throw Napi::TypeError::New(env, "the mask must hold one byte for each block and expert");
        }
    }
    mask         = std::move(next);
    ungrouped    = info[1].ToBoolean();
    mask_applied = false;
    return env.Undefined();
}

void Model::drop_contexts() {
    prediction_ctx.reset();
    ctx.reset();
}

llama_context * Model::context(context_key key, const task_control & control, const graph_extras & extras) {
    if (!ctx || !(ctx_key == key)) {
        drop_contexts();

        llama_context_params params = llama_context_default_params();
        params.n_ctx           = key.n_ctx;
        params.n_batch         = key.n_ctx;
        params.n_ubatch        = std::min(key.n_ubatch, key.n_ctx);
        params.n_seq_max       = key.n_seq_max;
        params.n_outputs_max   = key.n_outputs;
        params.n_threads       = key.n_threads;
        params.n_threads_batch = key.n_threads;
        params.kv_unified      = key.kv_unified;
        if (key.is_watched) {
            params.cb_eval           = watch_graph;
            params.cb_eval_user_data = this;
        }
        params.type_k          = key.kv_type;
        params.type_v          = key.kv_type;
        params.no_perf         = true;

        const llama_moe_params moe_params = { key.n_slice, key.n_longest };
        ctx.reset(llama_moe_init_from_model(model.get(), params, moe_params));
        if (ctx && !llama_get_memory(ctx.get())) {
            // no cache: such a model sees a whole batch and outputs every token
            ctx.reset();
            params.n_ubatch      = params.n_batch;
            params.n_outputs_max = 0;
            ctx.reset(llama_moe_init_from_model(model.get(), params, moe_params));
        }
        if (ctx && key.predicts) {
            llama_set_embeddings_nextn(ctx.get(), true, false);
            params.ctx_type = LLAMA_CONTEXT_TYPE_MTP;
            prediction_ctx.reset(llama_moe_init_from_model(model.get(), params, moe_params));
        }
        if (!ctx || (key.predicts && !prediction_ctx)) {
            drop_contexts();
            throw std::runtime_error("llama.cpp cannot create a context of " + std::to_string(key.n_ctx) + " tokens: is there enough memory?");
        }
        ctx_key      = key;
        mask_applied = false;
    }
    if (!mask_applied) {
        const int32_t n_expert = llama_moe_n_expert(model.get());
        for (llama_context * c : contexts()) {
            for (int32_t il = 0; il < n_blocks(model.get()); ++il) {
                llama_moe_set_mask(c, il, mask.empty() ? nullptr : mask.data() + (size_t) il*n_expert);
            }
            llama_moe_set_ungrouped(c, ungrouped);
        }
        mask_applied = true;
    }
    for (llama_context * c : contexts()) {
        llama_moe_set_taps(c, extras.taps, extras.user_data);
        llama_moe_set_all_rows(c, extras.all_rows);
        llama_moe_set_importance(c, extras.importance, extras.user_data);
        llama_set_abort_callback(c, [](void * data) { return ((const task_control *) data)->cancelled(); }, (void *) &control);
    }
    return ctx.get();
}

std::vector<llama_context *> Model::contexts() const {
    return prediction_ctx ? std::vector<llama_context *>{ ctx.get(), prediction_ctx.get() } : std::vector<llama_context *>{ ctx.get() };
}

bool Model::watch_graph(ggml_tensor * t, bool ask, void * user_data) {
    auto & model = *(Model *) user_data;
    int32_t il = -1;
    const bool is_layer = sscanf(t->name, "ffn_moe_topk-%d", &il) == 1 && model.on_layer;
    const bool is_input = model.collects_importance && model.importance_.wants(t);
    bool is_fitted = false;
    if (model.fit_watch && !model.watch_error) {
        try {
            if (ask) {
                is_fitted = model.fit_watch->wants(t);
            } else {
                model.fit_watch->add(t);
            }
        } catch (...) {
            model.watch_error = std::current_exception();
            return ask;
        }
    }
    if (ask) {
        return is_layer || is_input || is_fitted;
    }
    if (model.watch_error) {
        return false;
    }
    if (is_input) {
        try {
            model.importance_.add(t, model.ctx_key.n_threads);
        } catch (...) {
            model.watch_error = std::current_exception(); // not through ggml's frames
            return false;
        }
    }
    return !is_layer || model.on_layer(il);
}

void Model::decode(llama_context * ctx, const std::vector<std::vector<llama_token>> & sequences, bool want_logits, const task_control & control) const {
    size_t n_tokens = 0;
    for (const auto & seq : sequences) {
        n_tokens += seq.size();
    }
    token_batch batch((int32_t) n_tokens);
    for (size_t s = 0; s < sequences.size(); ++s) {
        for (size_t i = 0; i < sequences[s].size(); ++i) {
            batch.add(sequences[s][i], (llama_pos) i, (llama_seq_id) s, want_logits);
        }
    }
    if (llama_memory_t memory = llama_get_memory(ctx)) {
        llama_memory_clear(memory, true);
    }
    ::decode(ctx, batch, control);
    llama_synchronize(ctx);
}

void Model::decode_prediction(const std::vector<std::vector<llama_token>> & sequences, const std::vector<int32_t> & blocks, const task_control & control) const {
    const size_t n_embd = llama_model_n_embd_out(model.get());
    std::vector<llama_token>  tokens;
    std::vector<llama_pos>    pos;
    std::vector<llama_seq_id> seqs;
    for (size_t s = 0; s < sequences.size(); ++s) {
        tokens.insert(tokens.end(), sequences[s].begin(), sequences[s].end());
        for (size_t i = 0; i < sequences[s].size(); ++i) {
            pos .push_back((llama_pos) i);
            seqs.push_back((llama_seq_id) s);
        }
    }
    const size_t n_tokens = tokens.size();
    const float * streams = llama_get_embeddings_nextn(ctx.get());
    if (!streams) {
        throw std::runtime_error("the model does not tell what its prediction blocks begin with");
    }
    std::vector<float> before(n_tokens*n_embd, 0.0f);
    for (size_t t = 0; t < n_tokens; ++t) {
        if (pos[t] > 0) {
            std::copy_n(streams + (t - 1)*n_embd, n_embd, before.data() + t*n_embd);
        }
    }

    std::vector<int32_t>        n_seqs(n_tokens, 1);
    std::vector<llama_seq_id *> seq_lists;
    for (auto & seq : seqs) {
        seq_lists.push_back(&seq);
    }
    std::vector<int8_t> no_logits(n_tokens, 0);

    llama_batch batch = {};
    batch.n_tokens = (int32_t) n_tokens;
    batch.token    = tokens.data();
    batch.embd     = before.data();
    batch.pos      = pos.data();
    batch.n_seq_id = n_seqs.data();
    batch.seq_id   = seq_lists.data();
    batch.logits   = no_logits.data();
    for (const int32_t il : blocks) {
        llama_set_nextn_layer_offset(prediction_ctx.get(), il - llama_model_n_layer(model.get()));
        llama_memory_clear(llama_get_memory(prediction_ctx.get()), true);
        ::decode(prediction_ctx.get(), batch, control);
        llama_synchronize(prediction_ctx.get());
    }
}

Model::context_key Model::scoring_key(const Napi::Object & options) {
    context_key key;
    key.n_ctx        = option<int32_t>(options, "nCtx", 512);
    key.n_ubatch     = option<int32_t>(options, "nUbatch", 512);
    key.n_slice      = option<int32_t>(options, "nSlice", 0);
    key.n_longest    = option<int32_t>(options, "nLongest", 0);
    key.n_seq_max    = option<int32_t>(options, "nSeqMax", 1);
    key.n_outputs    = key.n_seq_max; // logits are not requested
    key.n_threads    = option<int32_t>(options, "nThreads", 1);
    key.kv_type      = option<std::string>(options, "kvType") == "q8_0" ? GGML_TYPE_Q8_0 : GGML_TYPE_F16;
    return key;
}

// scoringMemory({ nCtx, nUbatch, nSlice, kvType, nSeqMax, nLongest, nThreads, conversation? }): { device, cacheBytes, computeBytes }[]
// What contexts for scoring allocate, including that of prediction blocks if they are loaded, or a context for a
// conversation: without taps, with room for the logits of each token. For a model that was loaded without its data,
// nothing is allocated.
Napi::Value Model::scoring_memory(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    context_key key = scoring_key(info[0].As<Napi::Object>());
    const bool is_conversation = option<bool>(info[0].As<Napi::Object>(), "conversation", false);
    if (is_conversation) {
        key.n_outputs = key.n_ubatch;
    } else {
        key.predicts = has_prediction;
    }

    struct use {
        std::string device;
        double      cache   = 0;
        double      compute = 0;
    };
    return async_task<std::vector<use>>::start(env, info[0].As<Napi::Object>(), info.This().As<Napi::Object>(),
        [this, key, is_conversation](const task_control & control) {
            graph_extras extras;
            if (!is_conversation) {
                extras.taps = [](std::unique_ptr<llama_moe_report>, void *) { return true; };
                // also for runs that collect none, so that batches are the same with and without it
                if (llama_moe_devices_add_importance(model.get())) {
                    extras.importance = [](const std::vector<llama_moe_importance> &, void *) {};
                }
            }
            context(key, control, extras);
            std::vector<use> uses;
            for (llama_context * c : contexts()) {
                llama_moe_reserve(c);
                for (const auto & [buft, bytes] : llama_get_memory_breakdown(c)) {
                    if (bytes.context + bytes.compute > 0) {
                        ggml_backend_dev_t device = ggml_backend_buft_get_device(buft);
                        uses.push_back({ device ? ggml_backend_dev_name(device) : "CPU", (double) bytes.context, (double) bytes.compute });
                    }
                }
            }
            if (key.predicts) { // the streams behind the last block, as its output and as the input
                uses.push_back({ "CPU", 0, 2.0*key.n_ctx*llama_model_n_embd_out(model.get())*sizeof(float) });
            }
            return uses;
        },
        [](Napi::Env env, std::vector<use> & uses) -> Napi::Value {
            return list_from(env, uses, [&](const use & of_device) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("device",       of_device.device);
                item.Set("cacheBytes",   of_device.cache);
                item.Set("computeBytes", of_device.compute);
                return item;
            });
        });
}

// tensorPlaces(): { name, device, bytes }[]
// Which device's memory holds each tensor, or would hold it for a model that was loaded without its data.
Napi::Value Model::tensor_places(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return list_from(env, llama_internal_get_tensor_map(require_model(env)), [&](const auto & named) {
        const auto & [name, tensor] = named;
        ggml_backend_buffer_type_t buft = ggml_backend_buffer_get_type(tensor->buffer);
        ggml_backend_dev_t device = ggml_backend_buft_get_device(buft);
        // host memory that a GPU pinned belongs to the host
        const bool is_host = ggml_backend_buft_is_host(buft) || !device;
        Napi::Object item = Napi::Object::New(env);
        item.Set("name",   name);
        item.Set("device", is_host ? "CPU" : ggml_backend_dev_name(device));
        item.Set("bytes",  (double) ggml_nbytes(tensor));
        return item;
    });
}

// paging: { aheadBytes, keepLayers } while the model does not stay in memory, or null
// skipFirst: position 0 is left out of the sums
// moeLayers: prediction blocks among them run on the output of the last block of the same pass
// score({ sequences: Int32Array[], moeLayers: Int32Array, gateInInput, skipFirst, nCtx, nUbatch, nSlice, kvType, nSeqMax, nLongest, nThreads, taps, importance, paging }):
// Promise<{ tappedBytes, sequences(): Promise<...[]> }>, once the model is free for the next pass
Napi::Value Model::score(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    llama_model * m = require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();

    auto sequences = std::make_shared<std::vector<std::vector<llama_token>>>(list_of(options.Get("sequences"), numbers_of<llama_token>));

    context_key key = scoring_key(options);

    const Napi::Value paging = options.Get("paging");
    size_t  ahead       = 0;
    int32_t keep_layers = 0;
    if (paging.IsObject()) {
        key.is_watched = true;
        ahead          = option<size_t>(paging.As<Napi::Object>(), "aheadBytes");
        keep_layers    = option<int32_t>(paging.As<Napi::Object>(), "keepLayers");
    }

    const bool taps = option<bool>(options, "taps", true);
    const bool with_importance = option<bool>(options, "importance", false);
    // if the weights are in the host's memory, watching costs nothing, and less is computed
    const bool adds_importance = with_importance && !key.is_watched && llama_moe_devices_add_importance(m);
    key.is_watched |= with_importance && !adds_importance;
    const auto layers = numbers_of<int32_t>(options.Get("moeLayers"));
    const auto first_prediction = std::lower_bound(layers.begin(), layers.end(), llama_model_n_layer(m));
    const std::vector<int32_t> prediction(first_prediction, layers.end());
    key.predicts = !prediction.empty();
    if (key.predicts && !has_prediction) {
        throw Napi::Error::New(env, "the model was loaded without its prediction blocks");
    }
    auto scorer = std::make_shared<expert_scorer>(layers, n_blocks(m), llama_moe_n_expert(m),
        option<bool>(options, "gateInInput", false), option<bool>(options, "skipFirst", false));

    return async_task<double>::start(env, options, info.This().As<Napi::Object>(),
        [this, key, sequences, scorer, prediction, taps, with_importance, adds_importance, is_paged = paging.IsObject(), ahead, keep_layers](const task_control & control) {
            int64_t n_total = 0;
            for (const auto & seq : *sequences) {
                n_total += (int64_t) seq.size();
            }
            if (n_total > key.n_ctx || sequences->size() > key.n_seq_max) {
                throw std::runtime_error("the sequences do not fit into the context");
            }
            scorer->begin(sequences->size());

            struct tap_data {
                expert_scorer        & scorer;
                importance_collector & importance;
                const task_control   & control;
                int64_t                n_done; // tokens that have passed the model's own blocks
                int64_t                n_total;
            } data{ *scorer, importance_, control, 0, n_total };

            graph_extras extras;
            if (taps) {
                extras.taps = [](std::unique_ptr<llama_moe_report> report, void * user_data) {
                    auto & d = *(tap_data *) user_data;
                    d.n_done = std::min(d.n_total, d.n_done + (int64_t) report->pos.size());
                    d.scorer.add(std::move(report));
                    d.control.progress((double) d.n_done, (double) d.n_total);
                    return !d.control.cancelled();
                };
            }
            if (adds_importance) {
                extras.importance = [](const std::vector<llama_moe_importance> & inputs, void * user_data) {
                    ((tap_data *) user_data)->importance.add(inputs);
                };
            }
            extras.user_data = &data;
            extras.all_rows  = true;
            llama_context * c = context(key, control, extras);
            std::unique_ptr<weight_pager> pager;
            if (is_paged) {
                pager = std::make_unique<weight_pager>(model.get(), ahead, keep_layers);
                on_layer = [&, n_layers = n_blocks(model.get())](int32_t il) {
                    pager->enter(il);
                    const double n_ubatch = (double) std::min<int64_t>(key.n_ubatch, n_total - data.n_done);
                    control.progress((double) data.n_done + n_ubatch*il/n_layers, (double) n_total);
                    return !control.cancelled();
                };
            }
            struct restore {
                Model & model;
                ~restore() {
                    model.on_layer = nullptr;
                    model.collects_importance = false;
                }
            } restore_when_done{ *this };

            collects_importance = with_importance && !adds_importance;
            watch_error         = nullptr;
            try {
                decode(c, *sequences, false, control);
                if (key.predicts) {
                    decode_prediction(*sequences, prediction, control);
                }
            } catch (...) {
                std::rethrow_exception(watch_error ? watch_error : std::current_exception());
            }
            double tapped_bytes = 0;
            for (llama_context * each : contexts()) {
                tapped_bytes += (double) llama_moe_tapped_bytes(each);
            }
            return tapped_bytes;
        },
        [scorer](Napi::Env env, double & tapped_bytes) -> Napi::Value {
            Napi::Object pass = Napi::Object::New(env);
            pass.Set("tappedBytes", tapped_bytes);
            pass.Set("sequences",   Napi::Function::New(env, [scorer](const Napi::CallbackInfo & info) { return scored_sequences(info.Env(), scorer); }));
            return pass;
        });
}

// importance(): { names: string[], counts: Float64Array, sums: Float32Array }[]
// What score() with importance has collected since setImportance(); meaningless after a pass that failed.
Napi::Value Model::importance(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    return list_from(env, importance_.collected(), [&](const importance_input & input) {
        Napi::Object item = Napi::Object::New(env);
        item.Set("names",  list_from(env, input.names, [](const std::string & name) { return name; }));
        item.Set("counts", typed_array(env, input.counts));
        item.Set("sums",   typed_array(env, input.sums));
        return item;
    });
}

// setImportance(collected): an earlier result of importance(), for the same model; an empty list to start anew
Napi::Value Model::set_importance(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    importance_.restore(list_of(info[0], [](const Napi::Value & value) -> importance_input {
        const auto item = value.As<Napi::Object>();
        return { texts_of(item.Get("names")), numbers_of<double>(item.Get("counts")), numbers_of<float>(item.Get("sums")) };
    }));
    return env.Undefined();
}

static int32_t n_tokens_of(const std::vector<std::vector<llama_token>> & sequences) {
    int32_t n = 0;
    for (const auto & seq : sequences) {
        n += (int32_t) seq.size();
    }
    return n;
}

template <typename Watch>
Watch Model::watch_blocks(const std::vector<std::vector<llama_token>> & sequences, context_key key, llama_moe_fit_mode mode,
        const std::function<Watch(llama_context *)> & make_watch, const task_control & control) {
    key.is_watched = true;
    if (n_tokens_of(sequences) > (int32_t) std::min(key.n_ctx, key.n_ubatch) || sequences.size() > key.n_seq_max) {
        throw std::runtime_error("the sequences do not fit into the context");
    }
    llama_context * c = context(key, control, { nullptr, nullptr, true });
    struct restore {
        Model & model;
        ~restore() {
            model.fit_watch = nullptr;
            model.drop_contexts(); // its graph and what it reads belong to this pass alone
        }
    } restore_when_done{ *this };

    Watch watch = make_watch(c);
    llama_moe_set_fit(c, mode);
    watch_error = nullptr;
    fit_watch   = &watch;
    try {
        decode(c, sequences, false, control);
    } catch (...) {
        std::rethrow_exception(watch_error ? watch_error : std::current_exception());
    }
    if (watch_error) {
        std::rethrow_exception(watch_error);
    }
    return watch;
}

// recordStreams({ sequences, folder, nBlocks, ...as score }): Promise<void>
// Writes the residual stream behind each MoE block to a file in the folder, one row in single precision per token.
Napi::Value Model::record_streams(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();
    auto sequences = std::make_shared<std::vector<std::vector<llama_token>>>(list_of(options.Get("sequences"), numbers_of<llama_token>));
    const context_key key = scoring_key(options);
    const std::string folder = option<std::string>(options, "folder");
    const int32_t n_blocks = option<int32_t>(options, "nBlocks", 1);
    return async_task<bool>::start(env, options, info.This().As<Napi::Object>(),
        [this, key, sequences, folder, n_blocks](const task_control & control) {
            watch_blocks<stream_recorder>(*sequences, key, LLAMA_MOE_FIT_STREAM, [&](llama_context *) {
                return stream_recorder(folder, n_tokens_of(*sequences), [&](int32_t n) { control.progress(n, n_blocks); }, control);
            }, control);
            return true;
        },
        [](Napi::Env env, bool &) -> Napi::Value { return env.Undefined(); });
}

// fitDown({ sequences, streams, folder, nBlocks, ridge, sweeps, ...as score }): Promise<{ block, path, bytes, reached, before, after, seconds }[]>
// Towards the streams in their folder. What was fitted is stored in the other folder, and is not fitted again.
Napi::Value Model::fit_down(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();
    auto sequences = std::make_shared<std::vector<std::vector<llama_token>>>(list_of(options.Get("sequences"), numbers_of<llama_token>));
    const context_key key = scoring_key(options);
    down_watch_options watch;
    watch.streams       = option<std::string>(options, "streams");
    watch.folder        = option<std::string>(options, "folder");
    watch.n_tokens      = n_tokens_of(*sequences);
    watch.fit.ridge     = option<float>(options, "ridge", 0.3f);
    watch.fit.sweeps    = option<int32_t>(options, "sweeps", 2);
    watch.fit.n_threads = key.n_threads;
    const int32_t n_blocks = option<int32_t>(options, "nBlocks", 1);
    return async_task<std::vector<fitted_down>>::start(env, options, info.This().As<Napi::Object>(),
        [this, key, sequences, watch, n_blocks](const task_control & control) {
            return watch_blocks<down_watch>(*sequences, key, LLAMA_MOE_FIT_DOWN, [&](llama_context * c) {
                return down_watch(c, watch, [&](int32_t n) { control.progress(n, n_blocks); }, control);
            }, control).take();
        },
        [](Napi::Env env, std::vector<fitted_down> & result) -> Napi::Value {
            return list_from(env, result, [&](const fitted_down & one) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("block",   one.il);
                item.Set("path",    one.path);
                item.Set("bytes",   (double) one.bytes);
                item.Set("reached", one.n_reached);
                item.Set("before",  one.before);
                item.Set("after",   one.after);
                item.Set("seconds", one.seconds);
                return item;
            });
        });
}

// setDown({ block, path }[]): replaces the model's own down matrices, for good; the files must continue to exist
Napi::Value Model::set_down(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    llama_model * m = require_model(env);
    drop_contexts();
    for (const auto & item : list_of(info[0], [](const Napi::Value & value) { return value.As<Napi::Object>(); })) {
        down_files.push_back(llama_moe_replace_down(m, option<int32_t>(item, "block"), option<std::string>(item, "path").c_str()));
    }
    return env.Undefined();
}

// perplexity({ tokens: Int32Array, ends: Int32Array, scored: Uint8Array, bos, nBatch, nRows, nUbatch, nThreads, baseOut?, baseIn? })
Napi::Value Model::perplexity(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();

    auto params = std::make_shared<perplexity_params>();
    params->tokens    = numbers_of<int32_t>(options.Get("tokens"));
    params->ends      = numbers_of<int32_t>(options.Get("ends"));
    params->scored    = numbers_of<uint8_t>(options.Get("scored"));
    params->bos       = option<bool>(options, "bos", false);
    params->n_batch   = option<int32_t>(options, "nBatch", params->n_batch);
    params->n_rows    = option<int32_t>(options, "nRows", params->n_rows);
    params->n_threads = option<int32_t>(options, "nThreads", 1);
    params->base_out  = option<std::string>(options, "baseOut");
    params->base_in   = option<std::string>(options, "baseIn");
    int32_t begin = 0;
    for (const int32_t end : params->ends) {
        if (end <= begin || end - begin > params->n_batch) {
            throw Napi::Error::New(env, "each sequence has 1 to nBatch tokens");
        }
        begin = end;
    }
    if (begin == 0 || begin != (int32_t) params->tokens.size() || params->scored.size() != params->tokens.size() || params->n_rows < 1) {
        throw Napi::Error::New(env, "tokens, ends and scored belong together");
    }

    context_key key;
    key.n_ctx     = params->n_batch;
    key.n_ubatch  = option<int32_t>(options, "nUbatch", 512);
    key.n_seq_max = sequences_together(*params);
    key.n_threads = params->n_threads;

    return async_task<perplexity_result>::start(env, options, info.This().As<Napi::Object>(),
        [this, key, params](const task_control & control) {
            llama_context * c = context(key, control);
            return compute_perplexity(c, *params, control);
        },
        [](Napi::Env env, perplexity_result & result) -> Napi::Value {
            Napi::Object out = Napi::Object::New(env);
            out.Set("nll",      typed_array(env, result.nll));
            out.Set("kl",       result.kl.empty() ? env.Null() : typed_array(env, result.kl).As<Napi::Value>());
            out.Set("sameTop",  result.kl.empty() ? env.Null() : typed_array(env, result.same_top).As<Napi::Value>());
            return out;
        });
}

// logits({ tokens: Int32Array, nUbatch, nThreads, kvType }): Promise<Float32Array [n_tokens * n_vocab]>
Napi::Value Model::logits(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    llama_model * m = require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();
    auto sequences = std::make_shared<std::vector<std::vector<llama_token>>>();
    sequences->push_back(numbers_of<int32_t>(options.Get("tokens")));

    context_key key;
    key.n_ctx     = (uint32_t) sequences->front().size();
    key.n_ubatch  = option<int32_t>(options, "nUbatch", 512);
    key.n_threads = option<int32_t>(options, "nThreads", 1);
    key.kv_type   = option<std::string>(options, "kvType") == "f32" ? GGML_TYPE_F32 : GGML_TYPE_F16;

    return async_task<std::vector<float>>::start(env, options, info.This().As<Napi::Object>(),
        [this, m, key, sequences](const task_control & control) {
            llama_context * c = context(key, control);
            decode(c, *sequences, true, control);
            const float * data = llama_get_logits(c);
            if (!data) {
                throw std::runtime_error("the model has no logits");
            }
            const size_t n = sequences->front().size()*llama_vocab_n_tokens(llama_model_get_vocab(m));
            return std::vector<float>(data, data + n);
        },
        [](Napi::Env env, std::vector<float> & result) -> Napi::Value {
            return typed_array(env, result);
        });
}

const char * stop_name(stop_reason stop) {
    return stop == stop_reason::eog ? "eog" : "length";
}

// The caller's function that receives what is written, called by the model's thread.
class written_listener {
public:
    written_listener(Napi::Env env, const Napi::Function & listener)
        : call(Napi::ThreadSafeFunction::New(env, listener, "winnow written", 0, 1)) {}

    ~written_listener() { call.Release(); }

    void tell(std::vector<written_part> parts) const {
        auto * told = new std::vector<written_part>(std::move(parts));
        const auto hand_over = [](Napi::Env env, Napi::Function listener, std::vector<written_part> * raw) {
            const std::unique_ptr<std::vector<written_part>> owned(raw);
            listener.Call({ list_from(env, *owned, [&](const written_part & part) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("prompt", (uint32_t) part.prompt);
                item.Set("tokens", typed_array(env, part.tokens));
                item.Set("stop",   part.stop == stop_reason::none ? env.Null() : Napi::String::New(env, stop_name(part.stop)).As<Napi::Value>());
                return item;
            }) });
        };
        if (call.BlockingCall(told, hand_over) != napi_ok) {
            delete told;
        }
    }

private:
    Napi::ThreadSafeFunction call;
};

// generate({ prompts: Int32Array[], seeds: Int32Array, nSeq, nCtx, nUbatch, nThreads, maxTokens, temperature, topP, minP, onWritten? })
Napi::Value Model::generate(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require_model(env);
    const Napi::Object options = info[0].As<Napi::Object>();

    generate_params params;
    params.n_seq       = option<int32_t>(options, "nSeq", 1);
    params.n_ctx       = option<int32_t>(options, "nCtx", 512);
    params.max_tokens  = option<int32_t>(options, "maxTokens", 128);
    params.temperature = option<float>(options, "temperature", 0.0f);
    params.top_p       = option<float>(options, "topP", 1.0f);
    params.min_p       = option<float>(options, "minP", 0.0f);

    auto prompts = std::make_shared<std::vector<std::vector<llama_token>>>(list_of(options.Get("prompts"), numbers_of<llama_token>));
    const std::vector<int32_t> given = numbers_of<int32_t>(options.Get("seeds"));
    const std::vector<uint32_t> seeds(given.begin(), given.end());
    if (seeds.size() != prompts->size()) {
        throw Napi::TypeError::New(env, "there must be one seed for each prompt");
    }

    context_key key;
    key.n_ctx     = params.n_seq*params.n_ctx;
    key.n_ubatch  = option<int32_t>(options, "nUbatch", 512);
    key.n_seq_max = params.n_seq;
    key.n_outputs = params.n_seq;
    key.n_threads = option<int32_t>(options, "nThreads", 1);

    written_fn tell;
    if (const Napi::Value listener = options.Get("onWritten"); listener.IsFunction()) {
        const auto heard_by = std::make_shared<written_listener>(env, listener.As<Napi::Function>());
        tell = [heard_by](std::vector<written_part> parts) { heard_by->tell(std::move(parts)); };
    }
    return async_task<std::vector<completion>>::start(env, options, info.This().As<Napi::Object>(),
        [this, key, params, prompts, seeds, tell](const task_control & control) {
            llama_context * c = context(key, control);
            return generate_completions(c, *prompts, seeds, params, control, tell);
        },
        [](Napi::Env env, std::vector<completion> & result) -> Napi::Value {
            Napi::Object out = Napi::Object::New(env);
            out.Set("completions", list_from(env, result, [&](const completion & one) {
                Napi::Object item = Napi::Object::New(env);
                item.Set("tokens", typed_array(env, one.tokens));
                item.Set("stop",   stop_name(one.stop));
                return item;
            }));
            return out;
        });
}
