"""The properties of four kinds of records: name by Edm type, "=" read-only, "+" on POST only."""

from __future__ import annotations

PROPERTIES = {
    "Accounts": {
        "Guid": """
            ID Accountant AccountManager ActivitySector ActivitySubSector BRIN= BusinessType
            Classification1 Classification2 Classification3 Classification4 Classification5
            Classification6 Classification7 Classification8 CompanySize Creator= Document=
            GLAccountPurchase GLAccountSales GLAP GLAR InvoiceAccount LeadPurpose LeadSource
            MainContact Modifier= Parent PriceList Reseller SalesTaxSchedule ShippingMethod
        """,
        "String": """
            AccountManagerFullName= AddressLine1 AddressLine2 AddressLine3 BSN
            ChamberOfCommerce City Classification= ClassificationDescription= Code
            CodeAtSupplier Costcenter= CostcenterDescription= Country CountryName=
            CreatorFullName= Currency= CustomField= DatevCreditorCode DatevDebtorCode
            DunsNumber= Email EORINumber Fax GlnNumber IncotermAddressPurchase
            IncotermAddressSales IncotermCodePurchase IncotermCodeSales IntraStatArea
            IntraStatDeliveryTerm IntraStatSystem IntraStatTransactionA
            IntraStatTransactionB IntraStatTransportMethod InvoiceAccountCode=
            InvoiceAccountName= Language LanguageDescription= LogoFileName LogoThumbnailUrl=
            LogoUrl= ModifierFullName= Name OINNumber PayAsYouEarn PaymentConditionPurchase
            PaymentConditionPurchaseDescription= PaymentConditionSales
            PaymentConditionSalesDescription= PeppolIdentifier Phone PhoneExtension Postcode
            PurchaseCurrency PurchaseCurrencyDescription= PurchaseVATCode
            PurchaseVATCodeDescription= Remarks ResellerCode= ResellerName= RSIN
            SalesCurrency SalesCurrencyDescription= SalesTaxScheduleCode=
            SalesTaxScheduleDescription= SalesVATCode SalesVATCodeDescription= SearchCode
            State StateName= Status TradeName Type= UniqueTaxpayerReference VATLiability
            VATNumber Website ClientGroup= ClientGroupDescription=
        """,
        "Int32": """
            AccountManagerHID= Division= InvoiceAttachmentType InvoicingMethod
            PeppolIdentifierType PurchaseLeadDays SecurityLevel ShippingLeadDays
        """,
        "Byte": """
            AddressSource= AutomaticProcessProposedEntry ConsolidationScenario CostPaid=
            DeliveryAdvice IsAccountant IsAgency IsAnonymised= IsCompetitor IsMailing
            SeparateInvPerProject SeparateInvPerSubscription Source=
        """,
        "Boolean": """
            Blocked CanDropShip EnableSalesPaymentLink HasWithholdingTaxSales
            IgnoreDatevWarningMessage IsBank= IsExtraDuty IsMember= IsPilot IsPurchase=
            IsReseller IsSales= IsSupplier RecepientOfCommissions ShowRemarkForSales
        """,
        "DateTime": """
            ControlledDate Created= CustomerSince= EndDate EstablishedDate Modified=
            StartDate StatusSince=
        """,
        "Double": """
            CreditLinePurchase CreditLineSales DiscountPurchase DiscountSales Latitude
            Longitude
        """,
        "Int16": "IncotermVersionPurchase IncotermVersionSales",
        "Binary": "Logo",
    },
    "Contacts": {
        "Guid": """
            ID Account+ AccountMainContact= Creator= IdentificationDocument
            IdentificationUser LeadPurpose LeadSource Modifier= Person
        """,
        "Boolean": "AccountIsCustomer= AccountIsSupplier= IsMailingExcluded IsMainContact=",
        "String": """
            AccountName= AddressLine2= AddressStreet= AddressStreetNumber=
            AddressStreetNumberSuffix= BirthName BirthNamePrefix BirthPlace BusinessEmail
            BusinessFax BusinessMobile BusinessPhone BusinessPhoneExtension City= Code=
            Country= CreatorFullName= CustomField= Email FirstName FullName= Gender Initials
            JobTitleDescription Language LastName MarketingNotes MiddleName Mobile
            ModifierFullName= Nationality Notes PartnerName= PartnerNamePrefix= Phone
            PhoneExtension= PictureName PictureThumbnailUrl= PictureUrl= Postcode=
            SocialSecurityNumber State= Title TitleAbbreviation= TitleDescription=
        """,
        "Int32": "AllowMailing= Division= HID",
        "DateTime": "BirthDate Created= EndDate IdentificationDate Modified= StartDate",
        "Byte": "IsAnonymised=",
        "Binary": "Picture",
    },
    "Addresses": {
        "Guid": "ID Account Contact Warehouse Creator= Modifier=",
        "String": """
            AddressLine1 AddressLine2 AddressLine3 City Country Fax FreeTextField_01
            FreeTextField_02 FreeTextField_03 FreeTextField_04 FreeTextField_05 Mailbox
            NicNumber Notes Phone PhoneExtension Postcode State AccountName=
            CreatorFullName= ModifierFullName=
        """,
        "Boolean": """
            FreeBoolField_01 FreeBoolField_02 FreeBoolField_03 FreeBoolField_04
            FreeBoolField_05 Main
        """,
        "DateTime": """
            FreeDateField_01 FreeDateField_02 FreeDateField_03 FreeDateField_04
            FreeDateField_05 Created= Modified=
        """,
        "Double": """
            FreeNumberField_01 FreeNumberField_02 FreeNumberField_03 FreeNumberField_04
            FreeNumberField_05
        """,
        "Int16": "Type",
        "Int32": "Division=",
    },
    "BankAccounts": {
        "Guid": "ID Account Creator= Modifier=",
        "String": """
            BankAccount BankAccountHolderName BICCode Description AccountName=
            CreatorFullName= ModifierFullName= IBAN= Type=
        """,
        "Boolean": "Blocked Main",
        "DateTime": "Created= Modified=",
        "Int32": "Division=",
    },
}
