from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Shard(_message.Message):
    __slots__ = ("number", "address", "partitions")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    number: int
    address: str
    partitions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, number: _Optional[int] = ..., address: _Optional[str] = ..., partitions: _Optional[_Iterable[int]] = ...) -> None: ...

class GetTopologyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTopologyResponse(_message.Message):
    __slots__ = ("version", "partitions", "shards", "answering_shard", "routing_key", "epoch")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PARTITIONS_FIELD_NUMBER: _ClassVar[int]
    SHARDS_FIELD_NUMBER: _ClassVar[int]
    ANSWERING_SHARD_FIELD_NUMBER: _ClassVar[int]
    ROUTING_KEY_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    version: int
    partitions: int
    shards: _containers.RepeatedCompositeFieldContainer[Shard]
    answering_shard: int
    routing_key: bytes
    epoch: int
    def __init__(self, version: _Optional[int] = ..., partitions: _Optional[int] = ..., shards: _Optional[_Iterable[_Union[Shard, _Mapping]]] = ..., answering_shard: _Optional[int] = ..., routing_key: _Optional[bytes] = ..., epoch: _Optional[int] = ...) -> None: ...

class Redirect(_message.Message):
    __slots__ = ("shard", "address", "partition", "topology_version")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    TOPOLOGY_VERSION_FIELD_NUMBER: _ClassVar[int]
    shard: int
    address: str
    partition: int
    topology_version: int
    def __init__(self, shard: _Optional[int] = ..., address: _Optional[str] = ..., partition: _Optional[int] = ..., topology_version: _Optional[int] = ...) -> None: ...
