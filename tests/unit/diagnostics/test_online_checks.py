"""What a description of a service is read as, in any of the forms it can be written."""

from __future__ import annotations

from exact_import.diagnostics.online_checks import compare_fields, properties_in
from exact_import.fields import Kind, catalogue

METADATA = """<?xml version='1.0'?><edmx:Edmx><Schema Namespace='Exact.Web.Api.Models'>
<EntityType Name="Account"><Key><PropertyRef Name="ID"/></Key>
  <Property Type="Edm.Guid" Name='ID' Nullable="false"/><Property Name="Name" Type="Edm.String"/>
  <NavigationProperty Name="BankAccounts" Relationship="x"/></EntityType>
<EntityType Name="Empty"/>
<EntityType Name="Person"><Property Name="ID" Type="Edm.Guid"/></EntityType>
<EntityContainer><EntitySet EntityType="Exact.Web.Api.Models.Account" Name="Accounts"/>
<EntitySet Name="Contacts" EntityType="Exact.Web.Api.Models.Person"/></EntityContainer>
</Schema></edmx:Edmx>"""


def test_the_properties_of_each_set() -> None:
    assert properties_in(METADATA) == {
        "account": {"ID", "Name", "BankAccounts"},
        "contact": {"ID"},
    }
    assert properties_in("<html>maintenance</html>") == {}


def test_what_the_mapping_uses_and_the_company_lacks_is_wrong() -> None:
    whole: dict[Kind, frozenset[str]] = {"account": frozenset(catalogue("account"))}
    assert [one.state for one in compare_fields(whole, {"account": {"Name": "{Naam}"}})] == ["ok"]
    less: dict[Kind, frozenset[str]] = {
        "account": whole["account"] - {"SearchCode", "Name"} | {"Novelty"}
    }
    found = list(compare_fields(less, {"account": {"Name": "{Naam}"}}))
    assert [one.state for one in found] == ["wrong", "note", "note"]
    assert "account.Name" in found[0].message
    assert found[1].message == "account.SearchCode"
    assert [one.state for one in compare_fields({}, {})] == ["note"]
