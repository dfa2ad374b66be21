/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/head.h"

/* Lists in lists are counted, not called into: input decides how deep they are. */
size_t head_skip(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes;
	size_t left = size;
	uint64_t pending = 1;

	while (pending > 0) {
		struct head head;
		size_t step = head_read(at, left, &head);

		if (step == 0)
			return 0;
		at += step;
		left -= step;
		pending--;
		switch (head.major) {
		case HEAD_BYTES:
		case HEAD_TEXT:
			if (head.argument > left)
				return 0;
			at += head.argument;
			left -= (size_t)head.argument;
			break;
		case HEAD_LIST:
		case HEAD_MAP:
			/* An entry takes a byte at least, so what is above left cannot be true. */
			if (head.argument > left)
				return 0;
			pending += head.major == HEAD_MAP ? 2 * head.argument : head.argument;
			break;
		case HEAD_TAG:
			pending++;
			break;
		default:
			break;
		}
		if (pending > left)
			return 0;
	}
	return (size_t)(at - bytes);
}

float head_half_decode(uint16_t bits)
{
	uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
	uint32_t exponent = bits >> 10 & 31;
	uint32_t fraction = bits & 0x3ff;

	if (exponent == 0) {
		float small = (float)fraction * 0x1p-24F;

		return sign != 0 ? -small : small;
	}
	return head_float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

bool head_half_encode(float number, uint16_t *ret_bits)
{
	uint32_t bits;

	memcpy(&bits, &number, sizeof(bits));

	uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
	int exponent = (int)(bits >> 23 & 255) - 127;
	uint32_t fraction = bits & 0x7fffff;

	if ((bits & 0x7fffffff) == 0) {
		*ret_bits = sign;
		return true;
	}
	if (exponent >= -14 && exponent <= 15) {
		if ((fraction & 0x1fff) != 0)
			return false;
		*ret_bits = (uint16_t)(sign | (uint32_t)(exponent + 15) << 10 | fraction >> 13);
		return true;
	}
	if (exponent >= -24 && exponent < -14) {
		uint32_t whole = fraction | 0x800000;
		unsigned int shift = (unsigned int)(-1 - exponent);

		if ((whole & ((UINT32_C(1) << shift) - 1)) != 0)
			return false;
		*ret_bits = (uint16_t)(sign | whole >> shift);
		return true;
	}
	return false;
}
