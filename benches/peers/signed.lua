-- wrk, every body its own and signed: sign = MD5(key + t). MD5 as in RFC 1321, for messages of one block.

local bit = require("bit")
local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
local rol, tobit, tohex, bswap = bit.rol, bit.tobit, bit.tohex, bit.bswap
local byte, char, rep, format = string.byte, string.char, string.rep, string.format

local sines, shifts = {}, {}
for i = 0, 63 do
    sines[i] = tobit(math.floor(math.abs(math.sin(i + 1)) * 2 ^ 32))
    local round = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } }
    shifts[i] = round[math.floor(i / 16) + 1][i % 4 + 1]
end

local words = {}

local function md5(message)
    local length = #message
    assert(length < 56, "longer than a block")
    local block = message .. "\128" .. rep("\0", 55 - length) .. char(length * 8 % 256, math.floor(length / 32), 0, 0, 0, 0, 0, 0)
    for i = 0, 15 do
        local a, b, c, d = byte(block, i * 4 + 1, i * 4 + 4)
        words[i] = bor(a, b * 2 ^ 8, c * 2 ^ 16, tobit(d * 2 ^ 24))
    end
    local a, b, c, d = 0x67452301, tobit(0xefcdab89), tobit(0x98badcfe), 0x10325476
    for i = 0, 63 do
        local mix, word
        if i < 16 then
            mix, word = bor(band(b, c), band(bnot(b), d)), i
        elseif i < 32 then
            mix, word = bor(band(d, b), band(bnot(d), c)), (5 * i + 1) % 16
        elseif i < 48 then
            mix, word = bxor(b, c, d), (3 * i + 5) % 16
        else
            mix, word = bxor(c, bor(b, bnot(d))), (7 * i) % 16
        end
        local sum = tobit(a + mix + sines[i] + words[word])
        a, d, c, b = d, c, b, tobit(b + rol(sum, shifts[i]))
    end
    return tohex(bswap(tobit(a + 0x67452301))) .. tohex(bswap(tobit(b + 0xefcdab89)))
        .. tohex(bswap(tobit(c + 0x98badcfe))) .. tohex(bswap(tobit(d + 0x10325476)))
end

local key = os.getenv("HOOKREEL_BENCH_KEY")
local head, middle, tail
local thread_number, sequence = 0, 0

-- Threads must not send the same ids: each has a number of its own.
function setup(thread)
    thread:set("number", thread_number)
    thread_number = thread_number + 1
end

function init()
    local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
    local body = file:read("*a")
    file:close()
    local id = body:match('"file_id":"(%d+)"')
    local parts = '^(.*"file_id":")' .. id .. '(","record_file_id":")' .. id .. '(.*"sign":")%x+","t":%d+}$'
    head, middle, tail = body:match(parts)
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    sequence = sequence + 1
    local id = format("%d%018d", number + 1, sequence)
    local t = format("%d", os.time() + 600)
    local body = head .. id .. middle .. id .. tail .. md5(key .. t) .. '","t":' .. t .. "}"
    return wrk.format(nil, nil, nil, body)
end
