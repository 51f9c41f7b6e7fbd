package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// form is the first byte of a sealed value: the schema that introduced the seal. Values of schemas
// 1 and 2 begin with a brace or a letter.
const form = 3

// sealSize is the length of the header of a sealed value: the form, a checksum (CRC-32C, as in ext4
// and iSCSI) and the version of the record. The version is in the header so that it can be compared
// without decoding the text.
const sealSize = 1 + 4 + 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal returns the stored form of a record's text. The checksum includes the key, so a record under
// another key is invalid.
func seal(bucket, key []byte, version uint64, text []byte) []byte {
	value := make([]byte, sealSize, sealSize+len(text))
	value[0] = form
	binary.BigEndian.PutUint64(value[5:], version)
	value = append(value, text...)
	binary.BigEndian.PutUint32(value[1:], checksum(bucket, key, value[5:]))
	return value
}

func checksum(bucket, key, rest []byte) uint32 {
	sum := crc32.Update(0, castagnoli, bucket)
	sum = crc32.Update(sum, castagnoli, []byte{0})
	sum = crc32.Update(sum, castagnoli, key)
	sum = crc32.Update(sum, castagnoli, []byte{0})
	return crc32.Update(sum, castagnoli, rest)
}

// The kinds of damage.
var (
	errShort    = errors.New("it is cut short")
	errChecksum = errors.New("its checksum does not match")
)

func isSealed(value []byte) bool { return len(value) > 0 && value[0] == form }

// unseal returns the version and the text of a sealed value. With an error the version is
// unverified; a replacement of the value may still expect it.
func unseal(bucket, key, value []byte) (version uint64, text []byte, err error) {
	if len(value) < sealSize {
		return 0, nil, errShort
	}
	version = binary.BigEndian.Uint64(value[5:])
	switch {
	case value[0] != form:
		return version, nil, fmt.Errorf("it has the form %d and this bot knows %d", value[0], form)
	case binary.BigEndian.Uint32(value[1:]) != checksum(bucket, key, value[5:]):
		return version, nil, errChecksum
	}
	return version, value[sealSize:], nil
}
