"""A password in a file that was changed is taken by the next connection, without a restart."""

from asyncwatch.config.secret import FileSecret
from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.taps.kafka.probe import KafkaProbe
from asyncwatch.taps.kafka.tap import KafkaTap


def test_the_next_connection_to_kafka_takes_the_new_password(tmp_path):
    path = tmp_path / "password"
    path.write_text("one\n")
    credentials = CredentialSettings(mechanism="PLAIN", username="watch", password=FileSecret(str(path)))
    settings = ServerSettings(url="127.0.0.1:9", credentials=credentials)
    readers = [KafkaTap("production", settings, {}), KafkaProbe("production", settings)]
    assert [one._connection["sasl_plain_password"] for one in readers] == ["one", "one"]
    path.write_text("another\n")
    assert [one._connection["sasl_plain_password"] for one in readers] == ["another", "another"]
    assert all("another" not in repr(one) for one in readers)
