#include "gguf-meta.h"

#include "napi-values.h"
#include "tensor-type.h"

#include "gguf-header.h"

#include "ggml-cpp.h"
#include "ggml.h"
#include "gguf.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

const std::map<std::string, gguf_type> TYPE_BY_NAME = {
    { "uint8",   GGUF_TYPE_UINT8   }, { "int8",    GGUF_TYPE_INT8    },
    { "uint16",  GGUF_TYPE_UINT16  }, { "int16",   GGUF_TYPE_INT16   },
    { "uint32",  GGUF_TYPE_UINT32  }, { "int32",   GGUF_TYPE_INT32   },
    { "uint64",  GGUF_TYPE_UINT64  }, { "int64",   GGUF_TYPE_INT64   },
    { "float32", GGUF_TYPE_FLOAT32 }, { "float64", GGUF_TYPE_FLOAT64 },
    { "bool",    GGUF_TYPE_BOOL    }, { "string",  GGUF_TYPE_STRING  },
};

const char * type_name(gguf_type type) {
    for (const auto & entry : TYPE_BY_NAME) {
        if (entry.second == type) {
            return entry.first.c_str();
        }
    }
    throw std::runtime_error("unknown value type");
}

// The same keys as a context with the alignment that they state: setting general.alignment does not change it.
gguf_context_ptr reread(const gguf_context * ctx) {
    std::vector<char> meta(gguf_get_meta_size(ctx));
    gguf_get_meta_data(ctx, meta.data());
    gguf_context_ptr out(gguf_init_from_buffer(meta.data(), meta.size(), GGUF_META_ONLY));
    if (!out) {
        throw std::runtime_error("the edited keys do not make a GGUF header");
    }
    return out;
}

Napi::Value number_value(Napi::Env env, gguf_type type, const void * data, size_t i) {
    switch (type) {
        case GGUF_TYPE_UINT8:   return Napi::Number::New(env, ((const uint8_t  *) data)[i]);
        case GGUF_TYPE_INT8:    return Napi::Number::New(env, ((const int8_t   *) data)[i]);
        case GGUF_TYPE_UINT16:  return Napi::Number::New(env, ((const uint16_t *) data)[i]);
        case GGUF_TYPE_INT16:   return Napi::Number::New(env, ((const int16_t  *) data)[i]);
        case GGUF_TYPE_UINT32:  return Napi::Number::New(env, ((const uint32_t *) data)[i]);
        case GGUF_TYPE_INT32:   return Napi::Number::New(env, ((const int32_t  *) data)[i]);
        case GGUF_TYPE_FLOAT32: return Napi::Number::New(env, ((const float    *) data)[i]);
        case GGUF_TYPE_FLOAT64: return Napi::Number::New(env, ((const double   *) data)[i]);
        case GGUF_TYPE_BOOL:    return Napi::Boolean::New(env, ((const int8_t  *) data)[i] != 0);
        case GGUF_TYPE_UINT64:  return Napi::BigInt::New(env, ((const uint64_t *) data)[i]);
        case GGUF_TYPE_INT64:   return Napi::BigInt::New(env, ((const int64_t  *) data)[i]);
        default: throw std::runtime_error("unknown value type");
    }
}

Napi::Object kv_value(Napi::Env env, const gguf_context * ctx, int64_t id) {
    const bool array = gguf_get_kv_type(ctx, id) == GGUF_TYPE_ARRAY;
    const gguf_type type = array ? gguf_get_arr_type(ctx, id) : gguf_get_kv_type(ctx, id);
    const size_t length = array ? gguf_get_arr_n(ctx, id) : 1;

    Napi::Value value = env.Null();
    if (!array) {
        value = type == GGUF_TYPE_STRING ?
            Napi::String::New(env, gguf_get_val_str(ctx, id)).As<Napi::Value>() :
            number_value(env, type, gguf_get_val_data(ctx, id), 0);
    } else if (length <= GGUF_LONG_ARRAY && type != GGUF_TYPE_ARRAY) {
        Napi::Array list = Napi::Array::New(env, length);
        for (size_t i = 0; i < length; ++i) {
            list.Set((uint32_t) i, type == GGUF_TYPE_STRING ?
                Napi::String::New(env, gguf_get_arr_str(ctx, id, i)).As<Napi::Value>() :
                number_value(env, type, gguf_get_arr_data(ctx, id), i));
        }
        value = list;
    }

    Napi::Object out = Napi::Object::New(env);
    out.Set("type",   type_name(type));
    out.Set("array",  array);
    out.Set("length", (double) length);
    out.Set("value",  value);
    return out;
}

template <typename T>
T as_number(const Napi::Value & value) {
    if (value.IsBigInt()) {
        bool lossless = true;
        return std::is_signed<T>::value ? (T) value.As<Napi::BigInt>().Int64Value(&lossless) : (T) value.As<Napi::BigInt>().Uint64Value(&lossless);
    }
    if (value.IsBoolean()) {
        return (T) value.As<Napi::Boolean>().Value();
    }
    return (T) value.As<Napi::Number>().DoubleValue();
}

template <typename T>
void set_numbers(gguf_context * ctx, const char * key, gguf_type type, const Napi::Array & list) {
    std::vector<T> data(list.Length());
    for (uint32_t i = 0; i < list.Length(); ++i) {
        data[i] = as_number<T>(list.Get(i));
    }
    gguf_set_arr_data(ctx, key, type, data.data(), data.size());
}

void set_array(gguf_context * ctx, const char * key, gguf_type type, const Napi::Array & list) {
    switch (type) {
        case GGUF_TYPE_UINT8:   set_numbers<uint8_t> (ctx, key, type, list); break;
        case GGUF_TYPE_INT8:    set_numbers<int8_t>  (ctx, key, type, list); break;
        case GGUF_TYPE_UINT16:  set_numbers<uint16_t>(ctx, key, type, list); break;
        case GGUF_TYPE_INT16:   set_numbers<int16_t> (ctx, key, type, list); break;
        case GGUF_TYPE_UINT32:  set_numbers<uint32_t>(ctx, key, type, list); break;
        case GGUF_TYPE_INT32:   set_numbers<int32_t> (ctx, key, type, list); break;
        case GGUF_TYPE_UINT64:  set_numbers<uint64_t>(ctx, key, type, list); break;
        case GGUF_TYPE_INT64:   set_numbers<int64_t> (ctx, key, type, list); break;
        case GGUF_TYPE_FLOAT32: set_numbers<float>   (ctx, key, type, list); break;
        case GGUF_TYPE_FLOAT64: set_numbers<double>  (ctx, key, type, list); break;
        case GGUF_TYPE_BOOL:    set_numbers<int8_t>  (ctx, key, type, list); break;
        case GGUF_TYPE_STRING: {
            const auto strings = texts_of(list);
            std::vector<const char *> pointers;
            for (const auto & s : strings) {
                pointers.push_back(s.c_str());
            }
            gguf_set_arr_str(ctx, key, pointers.data(), pointers.size());
        } break;
        default: throw std::runtime_error("unknown value type");
    }
}

void set_scalar(gguf_context * ctx, const char * key, gguf_type type, const Napi::Value & value) {
    switch (type) {
        case GGUF_TYPE_UINT8:   gguf_set_val_u8  (ctx, key, as_number<uint8_t> (value)); break;
        case GGUF_TYPE_INT8:    gguf_set_val_i8  (ctx, key, as_number<int8_t>  (value)); break;
        case GGUF_TYPE_UINT16:  gguf_set_val_u16 (ctx, key, as_number<uint16_t>(value)); break;
        case GGUF_TYPE_INT16:   gguf_set_val_i16 (ctx, key, as_number<int16_t> (value)); break;
        case GGUF_TYPE_UINT32:  gguf_set_val_u32 (ctx, key, as_number<uint32_t>(value)); break;
        case GGUF_TYPE_INT32:   gguf_set_val_i32 (ctx, key, as_number<int32_t> (value)); break;
        case GGUF_TYPE_UINT64:  gguf_set_val_u64 (ctx, key, as_number<uint64_t>(value)); break;
        case GGUF_TYPE_INT64:   gguf_set_val_i64 (ctx, key, as_number<int64_t> (value)); break;
        case GGUF_TYPE_FLOAT32: gguf_set_val_f32 (ctx, key, as_number<float>   (value)); break;
        case GGUF_TYPE_FLOAT64: gguf_set_val_f64 (ctx, key, as_number<double>  (value)); break;
        case GGUF_TYPE_BOOL:    gguf_set_val_bool(ctx, key, value.ToBoolean());          break;
        case GGUF_TYPE_STRING:  gguf_set_val_str (ctx, key, value.As<Napi::String>().Utf8Value().c_str()); break;
        default: throw std::runtime_error("unknown value type");
    }
}

// JavaScript's numbers represent larger values only approximately; no file system has files of this size.
constexpr uint64_t MAX_EXACT = 1ull << 53;

// where a tensor begins in its file
double exact_offset(const gguf_context * ctx, int64_t tensor, size_t data_offset) {
    const uint64_t offset = gguf_get_tensor_offset(ctx, tensor);
    const uint64_t bytes  = gguf_get_tensor_size(ctx, tensor);
    if (data_offset > MAX_EXACT || offset > MAX_EXACT - data_offset || bytes > MAX_EXACT - data_offset - offset) {
        throw std::runtime_error(std::string("tensor ") + gguf_get_tensor_name(ctx, tensor) + " would end beyond byte " + std::to_string(MAX_EXACT));
    }
    return (double) (data_offset + offset);
}

// a tensor without data, in the form that gguf_add_tensor needs
ggml_tensor tensor_info(const Napi::Object & spec) {
    ggml_tensor tensor = {};
    tensor.type = tensor_type_by_name(option<std::string>(spec, "type"));
    const auto ne = spec.Get("ne").As<Napi::Array>();
    for (uint32_t i = 0; i < GGML_MAX_DIMS; ++i) {
        tensor.ne[i] = i < ne.Length() ? ne.Get(i).As<Napi::Number>().Int64Value() : 1;
    }
    tensor.nb[0] = ggml_type_size(tensor.type);
    tensor.nb[1] = tensor.nb[0]*(tensor.ne[0]/ggml_blck_size(tensor.type));
    for (int i = 2; i < GGML_MAX_DIMS; ++i) {
        tensor.nb[i] = tensor.nb[i - 1]*tensor.ne[i - 1];
    }
    ggml_set_name(&tensor, spec.Get("name").As<Napi::String>().Utf8Value().c_str());
    return tensor;
}

} // namespace

ggml_type tensor_type_by_name(const std::string & name) {
    const auto same = [](char a, char b) { return std::tolower((unsigned char) a) == std::tolower((unsigned char) b); };
    for (int i = 0; i < GGML_TYPE_COUNT; ++i) {
        const char * known = ggml_type_name((ggml_type) i);
        if (known && std::equal(name.begin(), name.end(), known, known + strlen(known), same)) {
            return (ggml_type) i;
        }
    }
    throw std::runtime_error("llama.cpp knows no tensor type " + name);
}

Napi::Value gguf_read_header(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const gguf_header header = gguf_inspect_header(value_of<std::string>(info[0]));
    const gguf_context * ctx = header.ctx.get();

    Napi::Object kv = Napi::Object::New(env);
    for (int64_t i = 0; i < gguf_get_n_kv(ctx); ++i) {
        const char * key = gguf_get_key(ctx, i);
        if (kv.HasOwnProperty(key)) {
            continue; // the names differ after a NUL, where llama.cpp does not look: it takes the first
        }
        Napi::Object value = kv_value(env, ctx, i);
        const auto emptied = header.long_arrays.find(key);
        if (emptied != header.long_arrays.end()) {
            value.Set("length", (double) emptied->second);
            value.Set("value",  env.Null());
        }
        kv.Set(key, value);
    }

    const int64_t n_tensors = gguf_get_n_tensors(ctx);
    Napi::Array tensors = Napi::Array::New(env, n_tensors);
    for (int64_t i = 0; i < n_tensors; ++i) {
        const int64_t * ne = gguf_get_tensor_ne(ctx, i);
        int n_dims = GGML_MAX_DIMS;
        while (n_dims > 1 && ne[n_dims - 1] == 1) {
            --n_dims;
        }
        Napi::Object tensor = Napi::Object::New(env);
        tensor.Set("name",       gguf_get_tensor_name(ctx, i));
        tensor.Set("type",       ggml_type_name(gguf_get_tensor_type(ctx, i)));
        tensor.Set("ne",         list_from(env, std::vector<double>(ne, ne + n_dims), [](double n) { return n; }));
        tensor.Set("bytes",      (double) gguf_get_tensor_size(ctx, i));
        tensor.Set("fileOffset", exact_offset(ctx, i, header.data_offset));
        tensors.Set((uint32_t) i, tensor);
    }

    Napi::Object out = Napi::Object::New(env);
    out.Set("version",    gguf_get_version(ctx));
    out.Set("alignment",  (double) gguf_get_alignment(ctx));
    out.Set("dataOffset", (double) header.data_offset);
    out.Set("kv",         kv);
    out.Set("tensors",    tensors);
    return out;
}

Napi::Value gguf_build_meta(const Napi::CallbackInfo & info) {
    const Napi::Object spec = info[0].As<Napi::Object>();
    const auto objects_of = [&](const char * name) {
        return list_of(spec.Get(name), [](const Napi::Value & value) { return value.As<Napi::Object>(); });
    };
    gguf_context_ptr ctx(gguf_init_empty());
    if (spec.Get("source").IsString()) {
        const gguf_context_ptr source = gguf_open_header(option<std::string>(spec, "source"));
        gguf_set_kv(ctx.get(), source.get());
    }
    for (const std::string & key : texts_of(spec.Get("remove"))) {
        gguf_remove_key(ctx.get(), key.c_str());
    }
    for (const auto & edit : objects_of("set")) {
        const auto key  = option<std::string>(edit, "key");
        const auto type = TYPE_BY_NAME.at(option<std::string>(edit, "type"));
        const Napi::Value value = edit.Get("value");
        if (value.IsArray()) {
            set_array(ctx.get(), key.c_str(), type, value.As<Napi::Array>());
        } else {
            set_scalar(ctx.get(), key.c_str(), type, value);
        }
    }
    ctx = reread(ctx.get());
    for (const auto & added : objects_of("tensors")) {
        const ggml_tensor tensor = tensor_info(added);
        gguf_add_tensor(ctx.get(), &tensor);
    }
    Napi::Uint8Array out = Napi::Uint8Array::New(info.Env(), gguf_get_meta_size(ctx.get()));
    gguf_get_meta_data(ctx.get(), out.Data());
    return out;
}
