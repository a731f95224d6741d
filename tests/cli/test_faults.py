"""Disks that are full or broken, rights and descriptors that lack: each call
that store, journal and work trees make fails in its turn."""

from bench import (  # noqa: F401 (unittest calls setUpModule by name)
    CULPRIT, main, setUpModule, tearDownModule)
from strikes import WORDS, Struck

FEW = 3


class Faults(Struck):

    def strike_each(self, kind):
        calls = self.calls(kind)
        struck = 0
        for number in self.some(calls, FEW):
            with self.subTest(call=number, what=calls[number - 1]):
                self.anew()
                done, made = self.struck(
                    *self.words, faults="%s:%d" % (kind, number))
                struck += any(call[0] == "*" for call in made)
                if done.status == 0:
                    self.assertNames(done, CULPRIT)
                else:
                    self.check_told(done, WORDS[kind])
                self.go_on()
        self.assertGreater(struck, 0)

    def test_no_space(self):
        self.strike_each("ENOSPC")

    def test_broken_disk(self):
        self.strike_each("EIO")

    def test_no_right(self):
        self.strike_each("EACCES")

    def test_no_descriptor(self):
        self.strike_each("EMFILE")

    def test_a_short_write_is_gone_on_with(self):
        calls = self.calls("short")
        for number in self.some(calls, FEW):
            with self.subTest(call=number, what=calls[number - 1]):
                self.anew()
                done, _ = self.struck(*self.words, faults="short:%d" % number)
                self.assertNames(done, CULPRIT)


if __name__ == "__main__":
    main()
