"""What is sealed opens for what it was sealed for, under the same key, and for nothing else."""

import pytest

from bedside.kit.sealing import SealBroken, install_sealing_key, masked, seal, unseal

KEY = "a secret key for tests, long enough to sign"


def test_a_seal_opens_only_for_what_it_was_made_for() -> None:
    install_sealing_key(KEY)
    sealed = seal("DE89 3704", context="owner 7")
    assert b"3704" not in sealed
    assert unseal(sealed, context="owner 7") == "DE89 3704"
    assert seal("DE89 3704", context="owner 7") != sealed
    with pytest.raises(SealBroken):
        unseal(sealed, context="owner 8")
    with pytest.raises(SealBroken):
        unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), context="owner 7")
    with pytest.raises(SealBroken):
        unseal(b"\x02" + sealed[1:], context="owner 7")
    install_sealing_key(KEY + "!")
    with pytest.raises(SealBroken):
        unseal(sealed, context="owner 7")
    install_sealing_key(KEY)


def test_only_the_last_signs_are_shown() -> None:
    assert masked("DE89 3704 0044 0532 0130 00") == "•••• 3000"
    assert masked("1234") == "••••"
