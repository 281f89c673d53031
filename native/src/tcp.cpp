#include "tcp.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include <memory>
#include <stdexcept>
#include <system_error>

namespace {

// A peer that disappeared silently is noticed after IDLE + COUNT*INTERVAL s on a connection on which nothing is in progress.
constexpr int KEEP_ALIVE_IDLE_S     = 3;
constexpr int KEEP_ALIVE_INTERVAL_S = 1;
constexpr int KEEP_ALIVE_COUNT      = 4;
// For servers only: a server that computes reads nothing meanwhile, which looks the same to its client.
constexpr int ANSWER_UNACKED_S      = 30;
constexpr int CONNECT_TIMEOUT_MS    = 4000;
constexpr int BACKLOG               = 16;

constexpr int64_t NO_SOCKET = -1;

#ifdef _WIN32
using native_socket = SOCKET;
constexpr int IN_PROGRESS = WSAEWOULDBLOCK;
constexpr int TIMED_OUT   = WSAETIMEDOUT;

int last_error() { return WSAGetLastError(); }
int wait_for(WSAPOLLFD & wanted, int timeout_ms) { return WSAPoll(&wanted, 1, timeout_ms); }
using poll_entry = WSAPOLLFD;
#else
using native_socket = int;
constexpr int IN_PROGRESS = EINPROGRESS;
constexpr int TIMED_OUT   = ETIMEDOUT;

int last_error() { return errno; }
using poll_entry = pollfd;
int wait_for(poll_entry & wanted, int timeout_ms) {
    int n;
    do {
        n = poll(&wanted, 1, timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n;
}
#endif

std::string text_of(int code) {
#ifndef _WIN32
    if (code == EAGAIN || code == EWOULDBLOCK) {
        return "no answer in time";
    }
#endif
    return std::system_category().message(code);
}

[[noreturn]] void fail(int code) {
    throw std::runtime_error(text_of(code));
}

void start_network() {
#ifdef _WIN32
    static const int failed = [] {
        WSADATA data;
        return WSAStartup(MAKEWORD(2, 2), &data);
    }();
    if (failed) {
        fail(failed);
    }
#else
    // writing to a peer that has left then fails with an error
    static const auto before = std::signal(SIGPIPE, SIG_IGN);
    (void) before;
#endif
}

native_socket of(int64_t handle) {
    return (native_socket) handle;
}

// Not every system knows every option.
void set_option(int64_t handle, int level, int option, int value) {
    (void) setsockopt(of(handle), level, option, (const char *) &value, sizeof(value));
}

// A peer that lost its power or its network sends no last message: without these options, receiving would wait for hours.
void set_keep_alive(int64_t handle) {
    set_option(handle, SOL_SOCKET, SO_KEEPALIVE, 1);
#if defined(TCP_KEEPIDLE)
    set_option(handle, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_ALIVE_IDLE_S);
#elif defined(TCP_KEEPALIVE)
    set_option(handle, IPPROTO_TCP, TCP_KEEPALIVE, KEEP_ALIVE_IDLE_S);
#endif
#if defined(TCP_KEEPINTVL)
    set_option(handle, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL_S);
#endif
#if defined(TCP_KEEPCNT)
    set_option(handle, IPPROTO_TCP, TCP_KEEPCNT, KEEP_ALIVE_COUNT);
#endif
}

void set_answer_timeout(int64_t handle) {
#if defined(TCP_USER_TIMEOUT)
    set_option(handle, IPPROTO_TCP, TCP_USER_TIMEOUT, ANSWER_UNACKED_S*1000);
#elif defined(TCP_RXT_CONNDROPTIME)
    set_option(handle, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, ANSWER_UNACKED_S);
#elif defined(TCP_MAXRT)
    set_option(handle, IPPROTO_TCP, TCP_MAXRT, ANSWER_UNACKED_S);
#else
    (void) handle;
#endif
}

void set_receive_timeout(int64_t handle, int ms) {
#ifdef _WIN32
    const DWORD value = (DWORD) ms;
#else
    timeval value = {};
    value.tv_sec  = ms/1000;
    value.tv_usec = (ms%1000)*1000;
#endif
    (void) setsockopt(of(handle), SOL_SOCKET, SO_RCVTIMEO, (const char *) &value, sizeof(value));
}

bool set_blocking(int64_t handle, bool blocking) {
#ifdef _WIN32
    u_long mode = blocking ? 0 : 1;
    return ioctlsocket(of(handle), FIONBIO, &mode) == 0;
#else
    const int flags = fcntl(of(handle), F_GETFL, 0);
    return flags >= 0 && fcntl(of(handle), F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0;
#endif
}

void close_socket(int64_t handle) {
#ifdef _WIN32
    closesocket(of(handle));
#else
    close(of(handle));
#endif
}

int64_t open_socket(const addrinfo & address) {
    const auto opened = socket(address.ai_family, address.ai_socktype, address.ai_protocol);
#ifdef _WIN32
    return opened == INVALID_SOCKET ? NO_SOCKET : (int64_t) opened;
#else
    return opened;
#endif
}

// @return 0, or the error's code
int connect_in_time(int64_t handle, const addrinfo & address) {
    if (!set_blocking(handle, false)) {
        return last_error();
    }
    if (::connect(of(handle), address.ai_addr, (socklen_t) address.ai_addrlen) != 0) {
        if (last_error() != IN_PROGRESS) {
            return last_error();
        }
        poll_entry wanted = {};
        wanted.fd     = of(handle);
        wanted.events = POLLOUT;
        const int n = wait_for(wanted, CONNECT_TIMEOUT_MS);
        if (n <= 0) {
            return n == 0 ? TIMED_OUT : last_error();
        }
        int result = 0;
        socklen_t size = sizeof(result);
        if (getsockopt(of(handle), SOL_SOCKET, SO_ERROR, (char *) &result, &size) != 0) {
            return last_error();
        }
        if (result != 0) {
            return result;
        }
    }
    return set_blocking(handle, true) ? 0 : last_error();
}

int listen_on(int64_t handle, const addrinfo & address) {
#ifndef _WIN32
    // there it would let a second server take over the port
    set_option(handle, SOL_SOCKET, SO_REUSEADDR, 1);
#endif
    const bool listens = bind(of(handle), address.ai_addr, (socklen_t) address.ai_addrlen) == 0 && ::listen(of(handle), BACKLOG) == 0;
    return listens ? 0 : last_error();
}

struct addresses_deleter {
    void operator()(addrinfo * list) const { freeaddrinfo(list); }
};
using addresses_ptr = std::unique_ptr<addrinfo, addresses_deleter>;

addresses_ptr resolve(const std::string & endpoint, int flags) {
    const size_t colon = endpoint.rfind(':');
    if (colon == std::string::npos) {
        throw std::runtime_error("the address is not HOST:PORT");
    }
    std::string host = endpoint.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    addrinfo hints = {};
    hints.ai_family   = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags    = flags;
    addrinfo * list = nullptr;
    const int code = getaddrinfo(host.c_str(), endpoint.c_str() + colon + 1, &hints, &list);
    if (code != 0) {
#ifdef _WIN32
        fail(code);
#else
        throw std::runtime_error(gai_strerror(code));
#endif
    }
    return addresses_ptr(list);
}

// A socket of the first address with which `use` succeeds.
int64_t first_usable(const addresses_ptr & addresses, int (*use)(int64_t handle, const addrinfo & address)) {
    int code = 0;
    for (const addrinfo * address = addresses.get(); address; address = address->ai_next) {
        const int64_t handle = open_socket(*address);
        code = handle == NO_SOCKET ? last_error() : use(handle, *address);
        if (code == 0) {
            return handle;
        }
        if (handle != NO_SOCKET) {
            close_socket(handle);
        }
    }
    fail(code);
}

} // namespace

tcp_socket tcp_socket::listen(const std::string & endpoint) {
    start_network();
    return tcp_socket(first_usable(resolve(endpoint, AI_PASSIVE), listen_on));
}

tcp_socket tcp_socket::connect(const std::string & endpoint) {
    start_network();
    tcp_socket connected(first_usable(resolve(endpoint, 0), connect_in_time));
    set_option(connected.handle, IPPROTO_TCP, TCP_NODELAY, 1);
    set_keep_alive(connected.handle);
    return connected;
}

tcp_socket::~tcp_socket() {
    if (handle != NO_SOCKET) {
        close_socket(handle);
    }
}

tcp_socket tcp_socket::accept() const {
    const auto accepted = ::accept(of(handle), nullptr, nullptr);
#ifdef _WIN32
    if (accepted == INVALID_SOCKET) {
#else
    if (accepted < 0) {
#endif
        fail(last_error());
    }
    tcp_socket client((int64_t) accepted);
    set_option(client.handle, IPPROTO_TCP, TCP_NODELAY, 1);
    set_keep_alive(client.handle);
    set_answer_timeout(client.handle);
    return client;
}

void tcp_socket::send(const void * data, size_t size) const {
    for (size_t done = 0; done < size;) {
        const auto n = ::send(of(handle), (const char *) data + done, size - done, 0);
        if (n < 0) {
            fail(last_error());
        }
        done += (size_t) n;
    }
}

void tcp_socket::receive(void * data, size_t size, int timeout_ms) const {
    set_receive_timeout(handle, timeout_ms);
    for (size_t done = 0; done < size;) {
        const auto n = recv(of(handle), (char *) data + done, size - done, 0);
        if (n < 0) {
            fail(last_error());
        }
        if (n == 0) {
            throw std::runtime_error("it closed the connection");
        }
        done += (size_t) n;
    }
}

std::string tcp_socket::peer() const {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    char host[NI_MAXHOST] = {};
    char port[NI_MAXSERV] = {};
    if (getpeername(of(handle), (sockaddr *) &address, &size) != 0 ||
            getnameinfo((const sockaddr *) &address, size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "?";
    }
    const bool v6 = address.ss_family == AF_INET6;
    return (v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + port;
}

int tcp_socket::local_port() const {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    if (getsockname(of(handle), (sockaddr *) &address, &size) != 0) {
        fail(last_error());
    }
    return ntohs(address.ss_family == AF_INET6 ? ((const sockaddr_in6 *) &address)->sin6_port : ((const sockaddr_in *) &address)->sin_port);
}

int64_t tcp_socket::release() noexcept {
    const int64_t released = handle;
    handle = NO_SOCKET;
    return released;
}
