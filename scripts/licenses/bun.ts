/**
 * Bun's npm package carries no licence text, so what its repository states (LICENSE.md at the version we use) is
 * summed up here: the names, their licences, and what the LGPL parts entitle a person to.
 */
export const bunNotice = `Bun 1.4.5 (MIT), the runtime
https://bun.com, https://github.com/oven-sh/bun/blob/main/LICENSE.md

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

Bun links these libraries into its executable. The texts of their licences are in the repositories named.

JavaScriptCore and WebKit files, LGPL 2: source as used by Bun at https://github.com/oven-sh/webkit. You may change them
  and link Bun anew: Bun's LICENSE.md says how to build it with a WebKit of your own, and this program is then made from
  its sources with "npm run build".
TinyCC, LGPL 2.1: https://github.com/tinycc/tinycc
BoringSSL, several licences: https://boringssl.googlesource.com/boringssl
libarchive, several licences: https://github.com/libarchive/libarchive
ICU, Unicode licence: https://github.com/unicode-org/icu
MIT: Brotli, ls-hpack, ls-qpack, LSQUIC (parts BSD 3-Clause), mimalloc, picohttpparser, c-ares, libdeflate, uucode
BSD: lol-html (3-Clause), Zstandard, libbase64 (2-Clause), libspng (2-Clause), libwebp (3-Clause), libjpeg-turbo (also IJG, zlib)
Apache 2.0: simdutf, uSockets, uWebSockets, Highway, parts of TigerBeetle, parts of LLVM libc++abi (with LLVM exception)
zlib: zlib-ng
Polyfills of Node's modules, MIT: acorn, assert, buffer, crypto-browserify, events, path-browserify, process, punycode,
  querystring-es3, stream-browserify, string_decoder, timers-browserify, tty-browserify, url, util, vm-browserify and others
Bun's transpiler is a port of esbuild (MIT, Evan Wallace).
`;
