// Values of JavaScript read into C++, and made from it.
#pragma once

#include <napi.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

// A text, a truth or a number.
template <typename T>
T value_of(const Napi::Value & value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return value.As<Napi::String>().Utf8Value();
    } else if constexpr (std::is_same_v<T, bool>) {
        return value.As<Napi::Boolean>().Value();
    } else if constexpr (std::is_floating_point_v<T>) {
        return (T) value.As<Napi::Number>().DoubleValue();
    } else {
        return (T) value.As<Napi::Number>().Int64Value();
    }
}

// An object's value; the fallback if it is missing or null.
template <typename T>
T option(const Napi::Object & options, const char * name, T fallback = {}) {
    const Napi::Value value = options.Get(name);
    return value.IsUndefined() || value.IsNull() ? fallback : value_of<T>(value);
}

// The numbers of a typed array.
template <typename T>
std::vector<T> numbers_of(const Napi::Value & value) {
    const auto array = value.As<Napi::TypedArrayOf<T>>();
    return { array.Data(), array.Data() + array.ElementLength() };
}

// A list's values, each read by `read`.
template <typename Read>
auto list_of(const Napi::Value & value, const Read & read) {
    const auto list = value.As<Napi::Array>();
    std::vector<decltype(read(Napi::Value()))> out;
    for (uint32_t i = 0; i < list.Length(); ++i) {
        out.push_back(read(list.Get(i)));
    }
    return out;
}

inline std::vector<std::string> texts_of(const Napi::Value & value) {
    return list_of(value, value_of<std::string>);
}

template <typename T>
Napi::TypedArrayOf<T> typed_array(Napi::Env env, const std::vector<T> & numbers) {
    auto out = Napi::TypedArrayOf<T>::New(env, numbers.size());
    std::copy(numbers.begin(), numbers.end(), out.Data());
    return out;
}

// A list of what `make` makes of each item.
template <typename Items, typename Make>
Napi::Array list_from(Napi::Env env, const Items & items, const Make & make) {
    Napi::Array out = Napi::Array::New(env, items.size());
    uint32_t i = 0;
    for (const auto & item : items) {
        out.Set(i++, make(item));
    }
    return out;
}
